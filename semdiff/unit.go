package semdiff

import (
	"strconv"
	"sync"
)

// measure is a unit as a multiple of a base unit.
type measure struct {
	base   string
	factor float64
	offset float64 // added first: degrees
}

// units are looked up by base form, lower case.
var units = sync.OnceValue(unitTable)

func unitTable() map[string]measure {
	m := map[string]measure{}
	add := func(base string, factor float64, names ...string) {
		for _, n := range names {
			m[n] = measure{base: base, factor: factor}
		}
	}
	add("s", 1e-6, "µs", "us", "microsecond")
	add("s", .001, "ms", "msec", "millisecond")
	add("s", 1, "s", "sec", "secs", "second")
	add("s", 60, "min", "mins", "minute")
	add("s", 3600, "h", "hr", "hrs", "hour")
	add("s", 86400, "d", "day")
	add("s", 604800, "wk", "week")
	add("s", 1209600, "fortnight")
	add("month", 1, "month", "mo")
	add("month", 3, "quarter")
	add("month", 12, "year", "yr", "yrs")
	add("month", 120, "decade")
	add("byte", 1e3, "kb", "kilobyte")
	add("byte", 1e6, "mb", "megabyte")
	add("byte", 1e9, "gb", "gigabyte")
	add("byte", 1e12, "tb", "terabyte")
	add("byte", 1024, "kib")
	add("byte", 1<<20, "mib")
	add("byte", 1<<30, "gib")
	add("m", .001, "mm", "millimeter")
	add("m", .01, "cm", "centimeter")
	add("m", 1, "m", "meter")
	add("m", 1000, "km", "kilometer")
	add("m", .0254, "inch")
	add("m", .3048, "ft", "foot")
	add("m", 1609.344, "mile", "mi")
	add("g", .001, "mg", "milligram")
	add("g", 1, "g", "gram")
	add("g", 1000, "kg", "kilogram", "kilo")
	add("g", 453.59237, "lb", "lbs")
	add("l", .001, "ml", "milliliter")
	add("l", 1, "l", "liter")
	add("%", 1, "%", "percent", "pct")
	add("usd", 1, "$", "usd", "dollar")
	add("usd", .01, "cent", "¢")
	add("eur", 1, "€", "eur", "euro")
	add("gbp", 1, "£", "gbp")
	add("jpy", 1, "¥", "jpy", "yen")
	add("°c", 1, "°c", "celsius")
	add("m/s", 1/3.6, "kph", "kmh")
	add("m/s", 1609.344/3600, "mph")
	m["°f"] = measure{"°c", 5. / 9, -32}
	m["fahrenheit"] = m["°f"]
	add("token", 1000, "ktok")
	return m
}

// scaled is a value in the base unit.
func (u measure) scaled(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return formatNumber(float64(int64((f+u.offset)*u.factor*1e6+sign(f+u.offset)*.5)) / 1e6)
}

func sign(f float64) float64 {
	if f < 0 {
		return -1
	}
	return 1
}
