#include "examples/retail-sales-etl/catalogue.h"

#include <cstdio>
#include <iterator>

#include "examples/retail-sales-etl/random.h"

namespace decant::examples::retail {
namespace {

enum class Pack { k_grams, k_litres, k_pieces, k_weighed };

struct Family {
  std::string_view name;
  std::string_view category;
  Pack pack;
  int price_cents;  // of the smallest pack
};

constexpr Family k_families[] = {
    {"Harina de maíz", "Víveres", Pack::k_grams, 4210},
    {"Arroz", "Víveres", Pack::k_grams, 3875},
    {"Azúcar", "Víveres", Pack::k_grams, 4590},
    {"Café molido", "Víveres", Pack::k_grams, 11860},
    {"Pasta, espagueti", "Víveres", Pack::k_grams, 5140},
    {"Caraotas negras", "Víveres", Pack::k_grams, 6230},
    {"Lentejas", "Víveres", Pack::k_grams, 5480},
    {"Sal", "Víveres", Pack::k_grams, 1490},
    {"Avena", "Víveres", Pack::k_grams, 6905},
    {"Atún al natural", "Enlatados", Pack::k_grams, 8315},
    {"Sardinas en salsa", "Enlatados", Pack::k_grams, 4720},
    {"Maíz dulce", "Enlatados", Pack::k_grams, 5960},
    {"Jamón endiablado", "Enlatados", Pack::k_grams, 9945},
    {"Aceite", "Víveres", Pack::k_litres, 13750},
    {"Vinagre", "Víveres", Pack::k_litres, 2680},
    {"Refresco", "Bebidas", Pack::k_litres, 5325},
    {"Jugo de piña", "Bebidas", Pack::k_litres, 6170},
    {"Agua mineral", "Bebidas", Pack::k_litres, 2240},
    {"Malta", "Bebidas", Pack::k_litres, 4485},
    {"Leche", "Lácteos", Pack::k_litres, 8730},
    {"Yogur", "Lácteos", Pack::k_litres, 7615},
    {"Margarina", "Lácteos", Pack::k_grams, 6355},
    {"Queso blanco", "Charcutería", Pack::k_weighed, 24870},
    {"Jamón de pierna", "Charcutería", Pack::k_weighed, 31240},
    {"Mortadela", "Charcutería", Pack::k_weighed, 15690},
    {"Carne molida", "Carnicería", Pack::k_weighed, 28455},
    {"Pollo entero", "Carnicería", Pack::k_weighed, 13985},
    {"Plátano", "Frutería", Pack::k_weighed, 5215},
    {"Cebolla", "Frutería", Pack::k_weighed, 4130},
    {"Tomate", "Frutería", Pack::k_weighed, 4875},
    {"Aguacate", "Frutería", Pack::k_weighed, 9460},
    {"Jabón", "Higiene", Pack::k_pieces, 3340},
    {"Champú", "Higiene", Pack::k_litres, 14225},
    {"Papel sanitario", "Higiene", Pack::k_pieces, 7190},
    {"Pañales", "Higiene", Pack::k_pieces, 21870},
    {"Cloro", "Limpieza", Pack::k_litres, 3785},
    {"Detergente", "Limpieza", Pack::k_grams, 7940},
    {"Suavizante", "Limpieza", Pack::k_litres, 8650},
    {"Galletas", "Dulces", Pack::k_pieces, 4415},
    {"Piñonate", "Dulces", Pack::k_pieces, 2965},
};

// One brand carries the quotation marks of its label, which CSV must double.
constexpr std::string_view k_brands[] = {"Ávila", "Llano", "Ñandú",   "\"Sol\"",
                                         "Río",   "Doña",  "Canaima", "Oro"};
constexpr std::string_view k_grades[] = {"", "extra", "plus"};

constexpr std::string_view k_grams[] = {"250 g", "500 g", "1 kg", "2,5 kg"};
constexpr std::string_view k_litres[] = {"350 ml", "500 ml", "1 L", "1,5 L"};
constexpr std::string_view k_pieces[] = {"x 4", "x 6", "x 12", "x 24"};
constexpr int k_pack_price_percent[] = {100, 185, 350, 520};

constexpr std::string_view k_cashiers[] = {
    "Ana",  "Beto",  "César",  "Dora",   "Elías",  "Félix",  "Gisela", "Héctor",
    "Inés", "José",  "Karina", "Luis",   "María",  "Néstor", "Olga",   "Pedro",
    "Raúl", "Sofía", "Tomás",  "Úrsula", "Víctor", "Wendy",  "Yoel",   "Zoila",
};

std::string_view pack_text(Pack pack, std::size_t size) {
  switch (pack) {
    case Pack::k_grams:
      return k_grams[size];
    case Pack::k_litres:
      return k_litres[size];
    case Pack::k_pieces:
      return k_pieces[size];
    case Pack::k_weighed:
      return "kg";
  }
  return "";
}

// Venezuelan EAN-13; goods weighed in the shop get a code of the in-store range, whose leading zero
// is lost by anyone who reads a bar code as a number.
std::string bar_code(int number, bool weighed) {
  char digits[16];
  std::snprintf(digits, sizeof digits, weighed ? "02%010d" : "7591%08d", number * 7 + 10203);
  int sum = 0;
  for (int i = 0; i < 12; ++i) sum += (digits[i] - '0') * (i % 2 == 0 ? 1 : 3);
  return std::string(digits, 12) + static_cast<char>('0' + (10 - sum % 10) % 10);
}

std::string describe(const Family& family, std::string_view brand, std::string_view grade,
                     std::string_view pack) {
  std::string text{family.name};
  for (const std::string_view part : {grade, brand, pack}) {
    if (!part.empty()) text.append(" ").append(part);
  }
  return text;
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string{text};
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

Catalogue::Catalogue() : cashiers_(std::begin(k_cashiers), std::end(k_cashiers)) {
  Random random(20240901);
  int number = 0;
  const auto add = [&](const Family& family, std::string description, int percent) {
    ++number;
    const bool weighed = family.pack == Pack::k_weighed;
    char id[16];
    std::snprintf(id, sizeof id, ",P%05d,", number);
    Product product;
    product.csv = id + bar_code(number, weighed) + ',' + csv_field(description) + ',' +
                  csv_field(family.category) + ',';
    // Shelf prices follow the exchange rate, so all four decimals are in use.
    product.base_price = std::int64_t{family.price_cents} * percent + random.below(90000);
    product.weighed = weighed;
    products_.push_back(std::move(product));
  };
  // Brands vary slowest and families fastest, so that the popular head of the list has every
  // family.
  for (const std::string_view grade : k_grades) {
    for (std::size_t size = 0; size < std::size(k_pack_price_percent); ++size) {
      for (const std::string_view brand : k_brands) {
        for (const Family& family : k_families) {
          if (family.pack == Pack::k_weighed && size > 0) continue;
          const std::string_view pack = pack_text(family.pack, size);
          add(family, describe(family, brand, grade, pack), k_pack_price_percent[size]);
        }
      }
    }
  }
}

}  // namespace decant::examples::retail
