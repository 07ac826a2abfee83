#include "runtime/server/turn_queue.h"

#include <doctest/doctest.h>

#include <string>

namespace lmp::server {

TEST_CASE("turns: one of each tenant that has some, round and round") {
  TurnQueue<std::string> queue;
  for (const char* task : {"a1", "a2", "a3"}) queue.Push(1, task);
  CHECK(queue.Pop() == "a1");
  queue.Push(7, "c1");
  queue.Push(2, "b1");
  queue.Push(2, "b2");
  queue.Push(0, "-");
  for (const char* task : {"b1", "c1", "-", "a2"}) CHECK(queue.Pop() == task);
  queue.Push(7, "c2");
  for (const char* task : {"b2", "c2", "a3"}) CHECK(queue.Pop() == task);
}

}  // namespace lmp::server
