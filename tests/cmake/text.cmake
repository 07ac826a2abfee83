lmp_test(text_test LABELS unit
  SOURCES unit/text_sentencepiece_test.cc unit/text_stream_test.cc unit/text_chat_format_test.cc
          unit/text_jinja_test.cc unit/text_splitter_test.cc unit/text_tool_chat_test.cc
  DEPS lmp_text)
lmp_fuzz(tokenizer SOURCES fuzz/tokenizer.cc DEPS lmp_text)
lmp_fuzz(tokenizer_file SOURCES fuzz/tokenizer_file.cc DEPS lmp_text)
lmp_test(text_families_test LABELS unit
  SOURCES unit/text_families_test.cc
  DEPS lmp_model)
lmp_fuzz(jinja SOURCES fuzz/jinja.cc DEPS lmp_text)
lmp_test(text_hostile_files_test LABELS unit
  SOURCES unit/text_hostile_files_test.cc unit/text_vocabulary_limits_test.cc
  DEPS lmp_model)
