if(TARGET lmp_api)
  lmp_test(api_engine_test LABELS unit SOURCES unit/api_engine_test.cc unit/api_host_test.cc DEPS lmp_api lmp_model)
endif()
