// LMP in C++.
#pragma once

#include "runtime/api/lmp.h"
