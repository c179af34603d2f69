#include "examples/retail-sales-etl/sales.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace decant::examples::retail {
namespace {

// Shares of the trade: by weekday from Monday, and by hour from 8:00 to 20:59.
constexpr std::uint32_t k_weekday_share[] = {90, 86, 92, 98, 122, 140, 108};
constexpr std::uint32_t k_hour_share[] = {4, 6, 9, 11, 12, 9, 7, 6, 8, 11, 13, 9, 5};
constexpr std::uint32_t k_opening_hour = 8;
constexpr std::uint64_t k_hour_share_sum = 110;

constexpr std::uint8_t k_ticket_lines[] = {1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 9, 12, 15, 20};
constexpr std::uint8_t k_pieces[] = {1, 1, 1, 1, 1, 2, 2, 3, 6, 12};
constexpr std::uint8_t k_discount_percent[] = {5, 10, 15, 20};

constexpr std::uint32_t k_cashiers_per_store = 9;

// Sale numbers count within a store's month; late rows get numbers that no ticket reaches.
constexpr std::int64_t k_sales_per_month = 10'000'000;
constexpr Month k_first_numbered_month = Month::of(2020, 1);
constexpr std::int64_t k_first_late_sale = 9'000'001;

char* append(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* append_two(char* out, std::uint32_t value, char after) {
  *out++ = static_cast<char>('0' + value / 10);
  *out++ = static_cast<char>('0' + value % 10);
  *out++ = after;
  return out;
}

std::uint64_t cell_seed(const Cell& cell, std::uint64_t seed) {
  std::uint64_t state = seed;
  const std::uint64_t mixed = splitmix64(state);
  return mixed ^ (static_cast<std::uint64_t>(cell.store->code) << 32) ^
         static_cast<std::uint64_t>(cell.month.ordinal);
}

// Prices creep up by the month and differ a little between stores.
std::int64_t price_factor(const Cell& cell) {
  const int months = cell.month.ordinal - Month::of(2024, 1).ordinal;
  return 1000 + 12 * months + 3 * (cell.store->code % 5);
}

// Whether a row is one of `hits` that are spread evenly over `of` rows.
bool is_hit(std::int64_t row, std::int64_t hits, std::int64_t of) {
  return (row + 1) * hits / of != row * hits / of;
}

// The second of the day at `share` of `whole` of the day's trade.
std::uint32_t second_of_day(std::uint64_t share, std::uint64_t whole) {
  std::uint64_t at = share * k_hour_share_sum;
  std::uint32_t hour = 0;
  while (at >= k_hour_share[hour] * whole && hour + 1 < std::size(k_hour_share)) {
    at -= k_hour_share[hour] * whole;
    ++hour;
  }
  const auto second = static_cast<std::uint32_t>(at * 3600 / (k_hour_share[hour] * whole));
  return (k_opening_hour + hour) * 3600 + std::min(second, 3599u);
}

}  // namespace

void Sums::add(const Sums& other) {
  row_count += other.row_count;
  total += other.total;
  quantity += other.quantity;
  product += other.product;
}

CellRows::CellRows(const Cell& cell, const Catalogue& catalogue, std::uint64_t seed)
    : cell_(cell),
      catalogue_(catalogue),
      random_(cell_seed(cell, seed)),
      price_factor_(price_factor(cell)),
      remaining_(cell.row_count()) {
  std::uint32_t sum = 0;
  for (int day = 0; day < cell.month.days(); ++day) {
    sum += k_weekday_share[(cell.month.weekday_of_first() + day) % 7];
    day_ends_[static_cast<std::size_t>(day)] = sum;
  }
}

char* CellRows::write_next(char* out) {
  // Erased rows are made as well, so that those that stay are the same with and without the change.
  while (true) {
    if (ticket_.line == ticket_.line_count) open_ticket();
    const Fate fate = fate_of(row_);
    Line line = make_line();
    ++row_;
    ++ticket_.line;
    if (fate == Fate::k_erase) continue;
    if (fate == Fate::k_update) line.quantity += line.quantity < 0 ? -1000 : 1000;
    --remaining_;
    return write_line(out, line);
  }
}

CellRows::Fate CellRows::fate_of(std::int64_t row) const {
  const std::int64_t changed = cell_.change.update + cell_.change.erase;
  if (changed == 0 || row >= cell_.base_row_count) return Fate::k_keep;
  if (!is_hit(row, changed, cell_.base_row_count)) return Fate::k_keep;
  const std::int64_t nth = row * changed / cell_.base_row_count;
  return is_hit(nth, cell_.change.erase, changed) ? Fate::k_erase : Fate::k_update;
}

void CellRows::open_ticket() {
  ticket_.line = 0;
  if (row_ >= cell_.base_row_count) {
    const std::int64_t late = row_ - cell_.base_row_count;
    const auto inserts = static_cast<std::uint64_t>(cell_.change.insert);
    ticket_.line_count = 1;
    ticket_.is_return = false;
    write_head(k_first_late_sale + late, moment_at(static_cast<std::uint64_t>(late), inserts));
    write_tail();
    return;
  }
  const std::int64_t left = cell_.base_row_count - row_;
  const std::uint64_t draw = random_.next();
  ticket_.line_count = static_cast<std::uint32_t>(
      std::min<std::int64_t>(k_ticket_lines[draw % std::size(k_ticket_lines)], left));
  ticket_.is_return = (draw >> 8) % 64 == 0;
  if (ticket_.is_return) ticket_.line_count = std::min(ticket_.line_count, 2u);
  write_head(++ticket_count_, moment_at(static_cast<std::uint64_t>(row_),
                                        static_cast<std::uint64_t>(cell_.base_row_count)));
  write_tail();
}

// The time follows from the place of the ticket among the month's rows, so that sales are in order
// without a list of them.
CellRows::Moment CellRows::moment_at(std::uint64_t position, std::uint64_t length) {
  constexpr std::uint32_t k_fine = 4096;
  const auto days = static_cast<std::uint32_t>(cell_.month.days());
  const std::uint64_t whole = length * k_fine;
  const std::uint64_t at =
      (position * k_fine + random_.below(k_fine * ticket_.line_count)) * day_ends_[days - 1];
  std::uint32_t day = 0;
  while (day + 1 < days && at >= day_ends_[day] * whole) ++day;
  const std::uint32_t before = day == 0 ? 0 : day_ends_[day - 1];
  return {day + 1, second_of_day(at - before * whole, (day_ends_[day] - before) * whole)};
}

void CellRows::write_head(std::int64_t sale, Moment moment) {
  char* out = ticket_.head.data();
  out = write_integer(out, static_cast<std::uint64_t>(cell_.month.year()));
  *out++ = '-';
  out = append_two(out, static_cast<std::uint32_t>(cell_.month.month_of_year()), '-');
  out = append_two(out, moment.day, ' ');
  out = append_two(out, moment.second / 3600, ':');
  out = append_two(out, moment.second / 60 % 60, ':');
  out = append_two(out, moment.second % 60, ',');
  const int months = cell_.month.ordinal - k_first_numbered_month.ordinal;
  out = write_integer(out, static_cast<std::uint64_t>(months * k_sales_per_month + sale));
  *out++ = ',';
  ticket_.head_size = static_cast<std::uint32_t>(out - ticket_.head.data());
}

void CellRows::write_tail() {
  char* out = ticket_.tail.data();
  *out++ = ',';
  // Two sales in three are to nobody in particular: an empty field, which means NULL.
  const std::uint64_t draw = random_.next();
  if (draw % 3 == 0) {
    out = append(out, (draw >> 8) % 16 == 0 ? "J-" : "V-");
    out = write_integer(out, 4'000'000 + (draw >> 16) % 28'000'000);
  }
  *out++ = ',';
  const auto& cashiers = catalogue_.cashiers();
  const std::size_t till = static_cast<std::size_t>(cell_.store->code) * 5 +
                           static_cast<std::size_t>((draw >> 48) % k_cashiers_per_store);
  out = append(out, cashiers[till % cashiers.size()]);
  *out++ = '\n';
  ticket_.tail_size = static_cast<std::uint32_t>(out - ticket_.tail.data());
}

CellRows::Line CellRows::make_line() {
  const auto& products = catalogue_.products();
  const std::uint64_t draw = random_.next();
  // The product of two even draws falls off towards the end of the list, as sales do.
  const std::uint64_t skewed = ((draw >> 40) * (random_.next() >> 40)) >> 24;
  const auto& product = products[(skewed * products.size()) >> 24];

  Line line{&product, 0, 0, 0};
  line.price = divide_half_even(product.base_price * price_factor_, 1000);
  const auto pick = static_cast<std::uint32_t>(draw & 0xffff);
  line.quantity = product.weighed ? 100 + pick % 2900 : k_pieces[pick % std::size(k_pieces)] * 1000;
  if (ticket_.is_return) {
    line.quantity = -line.quantity;
  } else if ((draw >> 16) % 10 == 0) {
    const std::int64_t percent = k_discount_percent[(draw >> 32) % std::size(k_discount_percent)];
    line.discount = divide_half_even(line.quantity * line.price * percent, 100 * 1000);
  }
  return line;
}

char* CellRows::write_line(char* out, const Line& line) {
  const std::int64_t product = line.quantity * line.price;
  const std::int64_t total = product_to_money(product) - line.discount;
  out = append(out, {ticket_.head.data(), ticket_.head_size});
  out = write_integer(out, ticket_.line);
  out = append(out, line.product->csv);
  out = write_decimal(out, line.quantity, k_quantity_scale);
  *out++ = ',';
  out = write_decimal(out, line.price, k_money_scale);
  *out++ = ',';
  out = write_decimal(out, line.discount, k_money_scale);
  *out++ = ',';
  out = write_decimal(out, total, k_money_scale);
  out = append(out, {ticket_.tail.data(), ticket_.tail_size});
  sums_.row_count += 1;
  sums_.total += total;
  sums_.quantity += line.quantity;
  sums_.product += product;
  return out;
}

}  // namespace decant::examples::retail
