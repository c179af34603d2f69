// A calendar month, counted so that months can be compared and stepped through.
#pragma once

#include <compare>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace decant::examples::retail {

struct Month {
  int ordinal = 0;  // months since year 0

  static constexpr Month of(int year, int month) { return Month{year * 12 + month - 1}; }

  // Reads "2024-09"; nothing for any other form, or a year outside 2020 to 2099.
  static std::optional<Month> parse(std::string_view text) {
    if (text.size() != 7 || text[4] != '-') return std::nullopt;
    int digits[6];
    int count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i == 4) continue;
      if (text[i] < '0' || text[i] > '9') return std::nullopt;
      digits[count++] = text[i] - '0';
    }
    const int year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
    const int month = digits[4] * 10 + digits[5];
    if (year < 2020 || year > 2099 || month < 1 || month > 12) return std::nullopt;
    return of(year, month);
  }

  constexpr int year() const { return ordinal / 12; }
  constexpr int month_of_year() const { return ordinal % 12 + 1; }
  constexpr Month plus(int months) const { return Month{ordinal + months}; }

  constexpr int days() const {
    constexpr int k_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int y = year();
    const bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return k_days[ordinal % 12] + (month_of_year() == 2 && leap ? 1 : 0);
  }

  // Monday is 0 (Sakamoto's method, shifted).
  constexpr int weekday_of_first() const {
    constexpr int k_shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
    const int y = month_of_year() < 3 ? year() - 1 : year();
    const int sunday_based = (y + y / 4 - y / 100 + y / 400 + k_shift[ordinal % 12] + 1) % 7;
    return (sunday_based + 6) % 7;
  }

  std::string text() const {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "%04d-%02d", year(), month_of_year());
    return buffer;
  }

  friend constexpr auto operator<=>(Month, Month) = default;
};

}  // namespace decant::examples::retail
