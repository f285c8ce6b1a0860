#pragma once

#include "runtime/stark/chips/access.hpp"

// Memory across segments. The cell bus is global; it holds, for every cell, its value and the
// segment that left it so. Tuples with segment 0 are put there once for each cell, by image_chip
// (registers) and ram_chip. A segment that uses a cell takes its tuple, which must be of an earlier
// segment, and puts back one of its own. So each cell has one tuple at any point of this chain, no
// segment can hold a cell twice, and a segment's start is the end of the one that had it before.
// What is left at the end is taken by image_chip and ram_chip.

namespace ashlar::stark {

/// The cells that a segment uses: at the start, and as it leaves them.
struct boundary_chip {
  static constexpr std::string_view name = "boundary";

  template <class E>
  struct columns {
    E is_real;
    E space, address;
    E initial, previous_segment;
    E final, last_time;
  };
  template <class E>
  struct public_values {
    E segment;  ///< 1, 2, ... below 2^16
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E segment(b.publics().segment);
    check_bit(b, r.is_real);
    b.receive(bus::cell, r.is_real, {r.space, r.address, r.initial, r.previous_segment});
    b.send(bus::cell, r.is_real, {r.space, r.address, r.final, segment});
    b.send(bus::memory, r.is_real, {r.space, r.address, r.initial, E(gl())});
    b.receive(bus::memory, r.is_real, {r.space, r.address, r.final, r.last_time});
    b.send(bus::range16, r.is_real, {segment - r.previous_segment - gl(1u)});
  }
};

/// The initial image of RAM, word by word, and the registers, which start at zero.
struct image_chip {
  static constexpr std::string_view name = "image";

  template <class E>
  struct columns {
    E final, last_segment;  ///< of a register
  };
  template <class E>
  struct fixed_columns {
    E address, value;
    E is_ram, is_register;
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& f = b.fixed();
    b.send(bus::image, f.is_ram, {f.address, f.value});
    b.send(bus::cell, f.is_register, {E(register_space), f.address, E(gl()), E(gl())});
    b.receive(bus::cell, f.is_register, {E(register_space), f.address, r.final, r.last_segment});
  }
};

/// Every word of RAM that a run knows: by ascending address, so none is there twice. Words of the
/// image are all among them, because the image sends each exactly once; any other starts at zero.
struct ram_chip {
  static constexpr std::string_view name = "ram";

  template <class E>
  struct columns {
    E is_real, is_image;
    E index, gap_low;  ///< address / 4; low half of the distance to the row before, minus 1
    E room_low;        ///< low half of what is left above it in RAM
    E gap;
    E initial;
    E final, last_segment;
  };
  template <class E>
  struct public_values {
    E ram_words;
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& n = b.next();
    const E address = r.index * gl(4u);
    check_bit(b, r.is_real);
    check_bit(b, r.is_image);
    b.zero(r.is_image * (r.is_real - gl(1u)));
    b.zero((r.is_real - r.is_image) * r.initial);
    b.zero_transition(n.is_real * (r.is_real - gl(1u)));
    b.zero_first(r.is_real * (r.index - r.gap));
    b.zero_transition(n.is_real * (n.index - r.index - n.gap - gl(1u)));
    check_word(b, r.is_real, r.gap, r.gap_low);
    check_word(b, r.is_real, E(b.publics().ram_words) - gl(1u) - r.index, r.room_low);

    b.receive(bus::image, r.is_image, {address, r.initial});
    b.send(bus::cell, r.is_real, {E(ram_space), address, r.initial, E(gl())});
    b.receive(bus::cell, r.is_real, {E(ram_space), address, r.final, r.last_segment});
  }
};

/// The public output, taken from the one commit of a run.
struct output_chip {
  static constexpr std::string_view name = "output";

  template <class E>
  struct columns {
    E word;
  };
  template <class E>
  struct fixed_columns {
    E index, is_word;
    E selects[8];
  };
  template <class E>
  struct public_values {
    E output[8];  ///< little-endian words, below 2^32
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& f = b.fixed();
    E chosen = b.row().word;
    for (unsigned i = 0; i < 8; ++i) chosen = chosen - f.selects[i] * E(b.publics().output[i]);
    b.zero(chosen);
    b.receive(bus::output, f.is_word, {f.index, b.row().word});
  }
};

}  // namespace ashlar::stark
