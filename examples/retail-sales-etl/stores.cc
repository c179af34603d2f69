#include "examples/retail-sales-etl/stores.h"

#include <algorithm>

namespace decant::examples::retail {
namespace {

constexpr Month k_sep_2024 = Month::of(2024, 9);
constexpr Month k_oct_2024 = Month::of(2024, 10);

std::vector<Store> make_stores() {
  // Only seven stores reported in September 2024 (the origin's "inicio gradual"); that is why the
  // origin lists stores such as tienda_11 at 92 percent.
  return {
      {"tienda_01", "PERIFERICO", 1, 97},
      {"tienda_02", "AV. BOLIVAR", 2, 54},
      {"tienda_03", "MAÑONGO", 3, 46},
      {"tienda_04", "SAN DIEGO", 4, 65},
      {"tienda_05", "VIVIENDA", 5, 55},
      {"tienda_06", "NAGUANAGUA", 6, 53},
      {"tienda_07", "CENTRO", 7, 56},
      {"tienda_08", "BOSQUE", 8, 55, true, {}, {k_sep_2024, Month::of(2025, 3)}},
      {"tienda_09", "GUACARA", 9, 59, true, {}, {k_sep_2024}},
      {"tienda_10", "LOS GUAYOS", 10, 19, true, {}, {k_sep_2024}},
      {"tienda_11", "FLOR AMARILLO", 11, 81, true, {}, {k_sep_2024}},
      {"tienda_12", "PARAPARAL", 12, 68, true, {}, {k_sep_2024}},
      {"tienda_13", "NAGUANAGUA III", 13, 39, true, {}, {k_sep_2024, Month::of(2025, 7)}},
      {"tienda_15", "ISABELICA", 15, 31, true, {}, {k_sep_2024, k_oct_2024}},
      {"tienda_16", "TOCUYITO", 16, 20, true, Month::of(2025, 3)},
      {"tienda_17", "LA VIÑA", 17, 12, true, {}, {k_sep_2024}},
      {"tienda_18", "EL TRIGAL", 18, 0, false},
      {"tienda_19", "EXTRA", 19, 8, true, Month::of(2025, 7)},
      {"tienda_20", "SANTA ROSA", 20, 0, false},
      {"mayorista_01", "MAYORISTA CASTILLITO", 101, 0, false},
  };
}

}  // namespace

bool Store::has_data(Month month) const {
  return active && month >= opened &&
         std::find(missing.begin(), missing.end(), month) == missing.end();
}

std::span<const Store> configured_stores() {
  static const std::vector<Store> k_stores = make_stores();
  return k_stores;
}

const Store* find_store(std::string_view id) {
  for (const Store& store : configured_stores()) {
    if (store.id == id) return &store;
  }
  return nullptr;
}

std::string stores_yaml() {
  std::string yaml;
  for (const Store& store : configured_stores()) {
    yaml.append(store.id).append(": { label: ").append(store.label);
    if (store.opened != Month{}) yaml.append(", opened: ").append(store.opened.text());
    if (!store.active) yaml.append(", active: false");
    yaml.append(" }\n");
  }
  return yaml;
}

}  // namespace decant::examples::retail
