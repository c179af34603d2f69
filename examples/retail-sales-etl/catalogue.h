// The goods and the people at the tills: fixed, whatever the seed, as a chain's master data is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace decant::examples::retail {

struct Product {
  std::string csv;  // ",producto_id,codigo_barra,descripcion,categoria,", quoted where CSV needs it
  std::int64_t base_price;  // scale of money, at the prices of January 2024
  bool weighed;             // sold by weight, so that quantities have three decimals that matter
};

class Catalogue {
 public:
  Catalogue();

  const std::vector<Product>& products() const { return products_; }
  const std::vector<std::string_view>& cashiers() const { return cashiers_; }

 private:
  std::vector<Product> products_;
  std::vector<std::string_view> cashiers_;
};

// Quotes a field after RFC 4180 if it holds a comma, a quote or a line end.
std::string csv_field(std::string_view text);

}  // namespace decant::examples::retail
