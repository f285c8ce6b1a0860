#include "net/l1/client.hpp"
#include "runtime/crypto/secp256k1.hpp"

namespace ashlar::l1 {
namespace {

class key_signer final : public signer {
 public:
  key_signer(const hash256& secret, const address& account) : secret_(secret), account_(account) {}
  address account() const noexcept override { return account_; }
  void sign(txn& t) const override {
    const auto s = crypto::sign(signing_hash(t), secret_);
    ensure(s.has_value());  // the key was checked when the signer was made
    t.signature = {static_cast<u8>(s->y_parity), s->r, s->s};
  }

 private:
  hash256 secret_;
  address account_;
};

}  // namespace

std::unique_ptr<signer> make_signer(const hash256& secret_key) {
  const auto account = crypto::address_of(secret_key);
  return account ? std::make_unique<key_signer>(secret_key, *account) : nullptr;
}

}  // namespace ashlar::l1
