#include <cmath>
#include <cstdio>

#include "runtime/stark/params/security.hpp"

namespace ashlar::stark {

namespace {

const double field_bits = 3 * std::log2(18446744069414584321.0);

double bits_of(double log2_error) {
  return -log2_error;
}

// Heights of FRI's domains when all tables are equally tall: what soundcalc models. Other heights
// only add rounds on smaller domains.
std::vector<unsigned> folds(const proof_params& p, unsigned height) {
  std::vector<unsigned> out;
  while (height > p.final_log2) {
    out.push_back(std::min(p.fold_log2, height - p.final_log2));
    height -= out.back();
  }
  return out;
}

struct johnson {
  double rho, root, gap, theta, m, list;
  explicit johnson(const proof_params& p)
      : rho(std::exp2(-double(p.blowup_log2))),
        root(std::sqrt(rho)),
        gap(root / gap_divisor(p)),
        theta(1 - root - gap),
        m(std::max(std::ceil(root / (2 * gap) - 1e-9), 3.0)),
        list(1 / (2 * gap * root)) {}
  // log2 of the error of combining two functions on a domain of n points.
  double pair_error(double n) const {
    const double s = m + 0.5;
    const double first = (2 * std::pow(s, 5) + 3 * s * theta * rho) * n / (3 * rho * root);
    return std::log2(first + s / root) - field_bits;
  }
};

template <class... Args>
std::string text(const char* format, Args... args) {
  char b[256];
  std::snprintf(b, sizeof b, format, args...);
  return b;
}

}  // namespace

std::vector<security_component> security_of(const proof_params& p, const machine_counts& c) {
  const johnson j(p);
  const double rows = std::exp2(double(c.height_log2_max)), n = rows / j.rho;
  std::vector<security_component> out;
  out.push_back({"ALI", bits_of(std::log2(j.list * c.constraints) - field_bits)});
  // Degree 3, two points: (3 (rows + 1) + rows - 1) zeros, the domains left out.
  out.push_back({"DEEP", bits_of(std::log2(j.list * (3 * (rows + 1) + rows - 1)) - field_bits)});
  out.push_back({"batching", bits_of(j.pair_error(n) + std::log2(double(c.batch) - 1))});
  double left = n;
  unsigned round = 1;
  for (unsigned fold : folds(p, c.height_log2_max)) {
    left /= std::exp2(double(fold));
    // 2^fold pieces and the table that joins: powers up to beta^(2^fold).
    out.push_back({text("commit round %u", round++), bits_of(j.pair_error(left) + double(fold))});
  }
  out.push_back({"query phase", -std::log2(1 - j.theta) * p.queries + p.grinding_bits});
  // The global buses: before their challenge is drawn, each part's word must stand for one
  // codeword.
  if (c.segments > 1)
    out.push_back({"queries, one codeword a part",
                   -std::log2((1 + j.rho) / 2) * p.queries + p.grinding_bits});
  for (const bus_counts& l : c.lookups)
    out.push_back({l.name, bits_of(std::log2(double(l.interactions) * double(l.rows) *
                                             std::max(1.0, double(l.tuple_length))) -
                                   field_bits)});
  // Collisions of 256 bits of output; of four elements, whose 4 log2 p fall short of 256 by less
  // than 10^-8 bits; and of the capacity of as many.
  out.push_back({"hash (collisions)", 128.0});
  return out;
}

double security_bits(const proof_params& p, const machine_counts& c) {
  double least = 1e9;
  for (const auto& component : security_of(p, c)) least = std::min(least, component.bits);
  return least;
}

std::string soundcalc_toml(const proof_params& p, std::span<const machine_counts> machines) {
  std::string out =
      "# Parameter set " + std::string(p.name) + ", counted from the AIRs by code.\n[zkevm]\n";
  out +=
      "name = \"Ashlar\"\nprotocol_family = \"FRI_STARK\"\nversion = \"1\"\nfield = "
      "\"Goldilocks^3\"\n";
  out += "hash_size_bits = 256  # " + std::string(hash_name(p.hash)) + "\n";
  for (const machine_counts& c : machines) {
    std::string factors;
    for (unsigned fold : folds(p, c.height_log2_max))
      factors += (factors.empty() ? "" : ", ") + std::to_string(1u << fold);
    out += "\n[[circuits]]\nname = \"" + c.name + "\"\n";
    out += text("rho = %.10g\ntrace_length = %llu\n", std::exp2(-double(p.blowup_log2)),
                1ull << c.height_log2_max);
    out += "air_max_degree = 3\nopening_points = 2\n";
    out += text("gap_to_radius = %.10g\n", johnson(p).gap);
    out += text("num_columns = %u\nnum_constraints = %u\nbatch_size = %u\npower_batching = true\n",
                c.columns, c.constraints, c.batch);
    out += text("num_queries = %u\nfri_folding_factors = [%s]\n", p.queries, factors.c_str());
    out += text("fri_early_stop_degree = %u\ngrinding_query_phase = %u\n",
                1u << (p.final_log2 + p.blowup_log2), p.grinding_bits);
    for (const bus_counts& l : c.lookups) {
      out += "[[circuits.lookups]]\nname = \"" + l.name + "\"\nlogup_type = \"univariate\"\n";
      out += text("rows_L = %llu\nrows_T = 0\nnum_columns_S = %u\nnum_lookups_M = %u\n",
                  static_cast<unsigned long long>(l.rows), std::max(1u, l.tuple_length),
                  l.interactions);
    }
  }
  return out;
}

}  // namespace ashlar::stark
