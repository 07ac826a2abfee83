# Fails where the committed parser differs from the one generated for this build.
foreach(file LmpLexer.cpp LmpLexer.h LmpParser.cpp LmpParser.h)
  execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${GENERATED}/${file} ${COMMITTED}/${file}
                  RESULT_VARIABLE differs)
  if(differs)
    message(FATAL_ERROR "frontend/generated/${file} is out of date: build lmp_regenerate_parser")
  endif()
endforeach()
