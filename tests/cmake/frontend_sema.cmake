if(TARGET lmp_frontend)
  lmp_test(frontend_sema_test LABELS unit
    SOURCES unit/frontend_sema_errors_test.cc unit/frontend_sema_fixes_test.cc
            unit/frontend_sema_exits_test.cc unit/frontend_sema_docs_test.cc
            unit/frontend_sema_repl_test.cc unit/frontend_sema_mutation_test.cc
            unit/frontend_sema_features_test.cc unit/frontend_modules_test.cc unit/frontend_tests_test.cc
    DEPS lmp_frontend lmp_frontend_syntax lmp_ir)
  lmp_fuzz(lmp_compile SOURCES fuzz/lmp_compile.cc DEPS lmp_frontend lmp_ir)
endif()
