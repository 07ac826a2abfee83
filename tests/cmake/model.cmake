lmp_test(model_gguf_test LABELS unit
  SOURCES unit/model_gguf_test.cc unit/model_config_test.cc
  DEPS lmp_model)
lmp_test(model_folder_test LABELS unit SOURCES unit/model_folder_test.cc DEPS lmp_model)
lmp_test(model_transformer_test LABELS unit
  SOURCES unit/model_transformer_test.cc unit/model_kv_pool_test.cc unit/model_allocation_test.cc
  DEPS lmp_model)
lmp_test(model_memory_test LABELS unit SOURCES unit/model_memory_test.cc DEPS lmp_model)
lmp_test(model_golden_test LABELS e2e
  SOURCES unit/model_golden_test.cc unit/model_tokenizer_golden_test.cc
  DEPS lmp_model)
lmp_fuzz(gguf SOURCES fuzz/gguf.cc DEPS lmp_model)
lmp_fuzz(safetensors SOURCES fuzz/safetensors.cc DEPS lmp_model)
lmp_fuzz(model_folder SOURCES fuzz/model_folder.cc DEPS lmp_model)
