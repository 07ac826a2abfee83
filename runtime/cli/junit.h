// Results of `lmp test` in the XML form that CI systems read.
#pragma once

#include <string>
#include <vector>

#include "runtime/api/lmp.h"

namespace lmp::cli {

struct TestedFile {
  std::string file;
  TestsOutcome outcome;
};

std::string JUnitXml(const std::vector<TestedFile>& files);

}  // namespace lmp::cli
