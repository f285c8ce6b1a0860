#include <catch2/catch.hpp>

#include "test/unit/stark/toy_machine.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

struct proved {
  std::vector<std::vector<std::vector<gl>>> publics;
  std::vector<bytes> proofs;
  std::vector<bytes_view> views() const { return {proofs.begin(), proofs.end()}; }
};

struct prover_fixture {
  explicit prover_fixture(const proof_params& p = insecure_test)
      : params(p), key(make_proving_key(params, *backend, machine.list(), toy::machine::fixed())) {}
  proved prove(std::vector<segment_trace> traces) {
    proved out;
    for (const auto& t : traces) out.publics.push_back(t.publics);
    auto proofs = prove_segments(params, key, *backend, std::move(traces));
    REQUIRE(proofs.ok());
    out.proofs = std::move(proofs).value();
    return out;
  }
  status<verify_failure> check(const proved& p) const {
    return verify_segments(params, key.key, p.publics, p.views());
  }
  std::optional<verify_error> error_of(const proved& p) const {
    const auto r = check(p);
    if (r.ok()) return std::nullopt;
    return r.error().what;
  }
  const proof_params params;
  toy::machine machine;
  std::unique_ptr<prover_backend> backend = make_cpu_backend(2);
  proving_key key;
};

}  // namespace

TEST_CASE("an honest execution of one segment is proved and verified") {
  prover_fixture f;
  const proved p = f.prove(toy::make_segments(1, {}, 1));
  CHECK(f.error_of(p) == std::nullopt);
}

TEST_CASE("segments that link by the global bus are proved and verified") {
  prover_fixture f;
  CHECK(f.error_of(f.prove(toy::make_segments(3, {}, 2))) == std::nullopt);
}

TEST_CASE("tables of many heights are proved in one FRI") {
  prover_fixture f;
  u64 seed = 3;
  for (const toy::heights h :
       {toy::heights{2, 2, 2, 2}, toy::heights{10, 4, 3, 2}, toy::heights{4, 9, 5, 4},
        toy::heights{7, 7, 7, 7}, toy::heights{2, 3, 9, 3}, toy::heights{6, 5, 4, 3}})
    CHECK(f.error_of(f.prove(toy::make_segments(2, h, seed++))) == std::nullopt);
}
