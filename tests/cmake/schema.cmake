lmp_test(json_schema_test LABELS unit
  SOURCES unit/json_schema_test.cc
  DEPS lmp_json_schema)
lmp_test(json_schema_suite_test LABELS e2e
  SOURCES e2e/json_schema_suite_test.cc support/outcome_ratchet.cc
  DEPS lmp_json_schema)
lmp_test(constrain_vocabulary_test LABELS e2e
  SOURCES e2e/constrain_vocabulary_test.cc
  DEPS lmp_json_schema lmp_model)
lmp_fuzz(json_schema SOURCES fuzz/json_schema.cc DEPS lmp_json_schema)
# A generator with an outside validator, and the examples of the docs; the former skips without it.
add_executable(schema_outputs e2e/schema_outputs.cc)
target_link_libraries(schema_outputs PRIVATE lmp_options lmp_json_schema lmp_model)
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME schema_outputs_test COMMAND ${Python3_EXECUTABLE} -B
    ${CMAKE_CURRENT_SOURCE_DIR}/e2e/schema_outputs.py --tool $<TARGET_FILE:schema_outputs> --outputs 100)
  set_tests_properties(schema_outputs_test PROPERTIES LABELS e2e)
  add_test(NAME docs_constraints_test COMMAND ${Python3_EXECUTABLE} -B
    ${CMAKE_CURRENT_SOURCE_DIR}/e2e/docs_constraints.py --tool $<TARGET_FILE:schema_outputs>)
  set_tests_properties(docs_constraints_test PROPERTIES LABELS e2e)
endif()
# The same of the types of the language, through the whole of LMP.
if(Python3_FOUND AND TARGET lmp)
  add_test(NAME type_outputs_test COMMAND ${Python3_EXECUTABLE} -B
    ${CMAKE_CURRENT_SOURCE_DIR}/e2e/type_outputs.py --lmp $<TARGET_FILE:lmp> --types 24)
  set_tests_properties(type_outputs_test PROPERTIES LABELS e2e)
endif()
