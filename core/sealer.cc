#include "core/sealer.h"
