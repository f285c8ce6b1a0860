#include "net/rpc/iso_time.hpp"

#include <chrono>
#include <cstdio>

namespace ashlar::rpc {

std::string to_iso(unix_seconds t) {
  namespace chrono = std::chrono;
  // Beyond the year 9999 there is no four-digit year to write.
  const chrono::seconds since_epoch{
      static_cast<i64>(t.value < 253'402'300'800 ? t.value : 253'402'300'799)};
  const chrono::sys_days day{chrono::floor<chrono::days>(since_epoch)};
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss time{since_epoch - day.time_since_epoch()};
  char out[80];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return out;
}

}  // namespace ashlar::rpc
