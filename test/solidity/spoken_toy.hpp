#pragma once

#include "test/unit/stark/toy_machine.hpp"

namespace ashlar::stark::toy {

/// States eight elements as its public values, as an outermost layer does.
struct speaker {
  static constexpr std::string_view name = "speaker";
  template <class E>
  struct columns {
    E word[8];
  };
  template <class E>
  struct public_values {
    E stated[8];
  };
  template <class B>
  static void constrain(B& b) {
    for (unsigned i = 0; i < 8; ++i) b.zero_first(b.row().word[i] - b.publics().stated[i]);
  }
};

/// The toy machine with a speaker, of one segment.
struct spoken_machine {
  machine toys;
  prover_air speaks = prover_air_of<speaker>();

  std::vector<const prover_air*> list() const {
    auto out = toys.list();
    out.push_back(&speaks);
    return out;
  }
  static std::vector<matrix> fixed() {
    auto out = machine::fixed();
    out.emplace_back();
    return out;
  }
  static segment_trace trace(const heights& h, unsigned speaker_log2, std::span<const gl> stated) {
    segment_trace t = std::move(make_segments(1, h, 7).front());
    matrix& words = t.main.emplace_back(std::size_t{1} << speaker_log2, 8);
    t.publics.emplace_back();
    for (unsigned i = 0; i < 8; ++i) {
      words.at(0, i) = stated[i];
      t.publics.back().push_back(words.at(0, i));
    }
    return t;
  }
};

}  // namespace ashlar::stark::toy
