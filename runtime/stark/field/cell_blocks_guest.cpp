#include "runtime/stark/field/cell_allocator.hpp"

namespace ashlar::stark {

void* take_cell_block(std::size_t bytes) {
  return ::operator new(bytes);
}
void give_cell_block(void* block, std::size_t) noexcept {
  ::operator delete(block);
}

}  // namespace ashlar::stark
