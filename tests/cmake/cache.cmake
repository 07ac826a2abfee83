lmp_test(cache_model_test LABELS model DEPS lmp_cache
  SOURCES model/prefix_cache_test.cc model/prefix_cache_exhaustive_test.cc
          model/prefix_cache_script.cc model/page_pool_test.cc)
