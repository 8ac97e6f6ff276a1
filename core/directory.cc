#include "core/directory.h"
