// The sales lines of one store in one month, made one after another and never kept.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "examples/retail-sales-etl/catalogue.h"
#include "examples/retail-sales-etl/decimal.h"
#include "examples/retail-sales-etl/plan.h"
#include "examples/retail-sales-etl/random.h"

namespace decant::examples::retail {

inline constexpr std::string_view k_csv_header =
    "fecha,venta_id,linea,producto_id,codigo_barra,descripcion,categoria,cantidad,precio_unitario,"
    "descuento,total,cliente_id,cajero";

// No row is longer; whoever calls write_next provides that much room.
inline constexpr std::size_t k_max_row_bytes = 512;

// Exact sums of rows that were written.
struct Sums {
  std::int64_t row_count = 0;
  Int128 total = 0;     // k_money_scale
  Int128 quantity = 0;  // k_quantity_scale
  Int128 product = 0;   // quantity times price, k_product_scale

  void add(const Sums& other);
};

// Makes the rows of a cell. Its state is a few hundred bytes whatever the number of rows, so that
// hundreds of cells can be merged into one file. The catalogue must outlive it.
class CellRows {
 public:
  CellRows(const Cell& cell, const Catalogue& catalogue, std::uint64_t seed);

  // Rows still to come.
  std::int64_t remaining() const { return remaining_; }

  // Writes the next row as CSV with its line end and returns the end of what it wrote.
  // Requires remaining() > 0 and k_max_row_bytes of room.
  char* write_next(char* out);

  const Sums& sums() const { return sums_; }

 private:
  // What the lines of one ticket share, as the text that stands before and after their own columns.
  struct Ticket {
    std::array<char, 48> head;
    std::array<char, 64> tail;
    std::uint32_t head_size = 0;
    std::uint32_t tail_size = 0;
    std::uint32_t line = 0;
    std::uint32_t line_count = 0;
    bool is_return = false;
  };

  struct Line {
    const Product* product;
    std::int64_t quantity;
    std::int64_t price;
    std::int64_t discount;
  };

  struct Moment {
    std::uint32_t day;     // of the month, from 1
    std::uint32_t second;  // of the day
  };

  enum class Fate { k_keep, k_update, k_erase };

  void open_ticket();
  Moment moment_at(std::uint64_t position, std::uint64_t length);
  void write_head(std::int64_t sale, Moment moment);
  void write_tail();
  Line make_line();
  Fate fate_of(std::int64_t row) const;
  char* write_line(char* out, const Line& line);

  const Cell cell_;
  const Catalogue& catalogue_;
  Random random_;
  std::array<std::uint32_t, 32> day_ends_{};  // running sum of the days' shares of the trade
  std::int64_t price_factor_;                 // thousandths, of this store and month
  std::int64_t row_ = 0;                      // rows made, erased ones included
  std::int64_t ticket_count_ = 0;
  std::int64_t remaining_;
  Ticket ticket_;
  Sums sums_;
};

}  // namespace decant::examples::retail
