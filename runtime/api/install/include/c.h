/* LMP in C. */
#pragma once

#include "runtime/api/c/lmp.h"
