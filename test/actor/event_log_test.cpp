#include "actors/api/event_log.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using api::format_event;
using api::log_format;

TEST_CASE("a line names its event, chain and fields") {
  CHECK(format_event(log_format::text, "batch sealed", 271, {{"batch", u64{7}}, {"why", "age"}}) ==
        "batch sealed chain=271 batch=7 why=age");
  CHECK(format_event(log_format::json, "batch sealed", 271, {{"batch", u64{7}}, {"why", "age"}}) ==
        R"("event":"batch sealed","chain":271,"batch":7,"why":"age")");
  CHECK(format_event(log_format::text, "node ends", std::nullopt, {}) == "node ends");
}

TEST_CASE("what comes from outside cannot break a line or forge a field") {
  const std::string hostile = "x\nlevel=error \"event\": \\ \x7f";
  CHECK(format_event(log_format::text, "L1 fails", {}, {{"why", hostile}}) ==
        R"(L1 fails why="x\u000alevel=error \"event\": \\ \u007f")");
  CHECK(format_event(log_format::json, "L1 fails", {}, {{"why", hostile}}) ==
        R"("event":"L1 fails","why":"x\u000alevel=error \"event\": \\ \u007f")");
  CHECK(format_event(log_format::text, "e", {}, {{"why", ""}}) == R"(e why="")");
}

TEST_CASE("levels and formats are known by their names") {
  CHECK(api::log_level_of("warning") == api::log_level::warning);
  CHECK(api::log_level_of("off") == api::log_level::off);
  CHECK_FALSE(api::log_level_of("Warning"));
  CHECK(api::log_format_of("json") == log_format::json);
  CHECK_FALSE(api::log_format_of("xml"));
}
