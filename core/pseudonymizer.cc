#include "core/pseudonymizer.h"
