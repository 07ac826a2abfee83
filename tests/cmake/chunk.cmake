if(LMP_CRYPTO)
  lmp_test(chunk_unit_test LABELS unit DEPS lmp_cache
    SOURCES unit/chunk_object_test.cc unit/chunk_store_test.cc)
  lmp_fuzz(chunk_record SOURCES fuzz/chunk_record.cc DEPS lmp_cache)
endif()
