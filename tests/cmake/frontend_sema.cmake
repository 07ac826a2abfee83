if(TARGET lmp_frontend)
  lmp_test(frontend_sema_test LABELS unit
    SOURCES unit/frontend_sema_errors_test.cc
    DEPS lmp_frontend lmp_ir)
endif()
