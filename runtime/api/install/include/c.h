/* LMP in C. */
#include "runtime/api/c/lmp.h"
