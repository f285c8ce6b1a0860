#include "runtime/stark/run/shapes.hpp"

namespace ashlar::stark {
namespace {

template <class Height>
std::vector<u8> heights_by_name(const verifying_key& key, Height&& of) {
  std::vector<u8> out;
  for (std::size_t i = 0; i < key.airs.size(); ++i) {
    const air_shape& table = key.airs[i]->shape;
    out.push_back(table.fixed_width != 0 ? key.fixed_height_log2[i] : of(table.name));
  }
  return out;
}

}  // namespace

std::vector<u8> heights_of(const segment_shape& shape, const verifying_key& key) {
  return heights_by_name(key, [&](std::string_view chip) { return shape.height_log2(chip); });
}

std::vector<u8> memory_heights_of(u8 ram_log2, const verifying_key& key) {
  return heights_by_name(key, [&](std::string_view) { return ram_log2; });
}

}  // namespace ashlar::stark
