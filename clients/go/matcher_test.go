package lea_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// values that steps of a case saved, by name.
type values map[string]interface{}

// at is what was saved under the path's first part, then along the rest of it.
func (v values) at(path string) (interface{}, error) {
	names := strings.Split(path, ".")
	value, found := v[names[0]]
	for _, name := range names[1:] {
		switch container := value.(type) {
		case map[string]interface{}:
			value, found = container[name]
		case []interface{}:
			i, err := strconv.Atoi(name)
			if found = err == nil && i >= 0 && i < len(container); found {
				value = container[i]
			}
		default:
			found = false
		}
		if !found {
			break
		}
	}
	if !found {
		return nil, fmt.Errorf("nothing is saved as %s", path)
	}
	return value, nil
}

// build carries out a request's builders and puts n in the place of {n}.
func (v values) build(value interface{}, n int) (interface{}, error) {
	switch value := value.(type) {
	case string:
		return strings.ReplaceAll(value, "{n}", strconv.Itoa(n)), nil
	case []interface{}:
		return v.buildAll(value, n)
	case map[string]interface{}:
		if builder := operatorOf(value); builder != "" {
			return v.carryOut(value, n)
		}
		built := map[string]interface{}{}
		for key, field := range value {
			var err error
			if built[key], err = v.build(field, n); err != nil {
				return nil, err
			}
		}
		return built, nil
	}
	return value, nil
}

func (v values) buildAll(list []interface{}, n int) ([]interface{}, error) {
	built := make([]interface{}, len(list))
	for i, element := range list {
		var err error
		if built[i], err = v.build(element, n); err != nil {
			return nil, err
		}
	}
	return built, nil
}

func (v values) carryOut(builder map[string]interface{}, n int) (interface{}, error) {
	if element, repeats := builder["$repeat"]; repeats && len(builder) == 2 {
		times, ok := numberOf(builder["$times"])
		built, err := v.build(element, n)
		if !ok || err != nil {
			return nil, fmt.Errorf("$repeat takes $times: %s: %w", show(builder), err)
		}
		list := make([]interface{}, int(times))
		for i := range list {
			list[i] = built
		}
		return list, nil
	}
	if bounds, ok := builder["$items"].([]interface{}); ok && len(bounds) == 2 && len(builder) == 1 {
		from, _ := numberOf(bounds[0])
		to, _ := numberOf(bounds[1])
		list := []interface{}{}
		for i := int(from); i < int(to); i++ {
			list = append(list, fmt.Sprintf("item-%d", i))
		}
		return list, nil
	}
	if parts, ok := builder["$join"].([]interface{}); ok && len(builder) == 1 {
		list := []interface{}{}
		for _, part := range parts {
			built, err := v.build(part, n)
			if err != nil {
				return nil, err
			}
			some, ok := built.([]interface{})
			if !ok {
				return nil, fmt.Errorf("$join takes lists, not %s", show(built))
			}
			list = append(list, some...)
		}
		return list, nil
	}
	if path, ok := builder["$saved"].(string); ok && len(builder) == 1 {
		return v.at(path)
	}
	return nil, fmt.Errorf("there is no builder %s", show(builder))
}

// fit tells where and why a value does not fit a matcher.
func (v values) fit(matcher, actual interface{}, at string) error {
	misfit := fmt.Errorf("%s is %s, not %s", at, show(actual), show(matcher))
	switch matcher := matcher.(type) {
	case []interface{}:
		list, ok := actual.([]interface{})
		if !ok || len(list) != len(matcher) {
			return misfit
		}
		for i := range matcher {
			if err := v.fit(matcher[i], list[i], fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case map[string]interface{}:
		if operatorOf(matcher) != "" {
			for operator, operand := range matcher {
				if err := v.fitOperator(operator, operand, matcher, actual, at); err != nil {
					return err
				}
			}
			return nil
		}
		fields, ok := actual.(map[string]interface{})
		if !ok {
			return misfit
		}
		for key, field := range matcher {
			value, found := fields[key]
			if !found {
				return fmt.Errorf("%s.%s is absent", at, key)
			}
			if err := v.fit(field, value, at+"."+key); err != nil {
				return err
			}
		}
		return nil
	}
	if wanted, ok := matcher.(json.Number); ok {
		return unless(sameNumber(wanted, actual), misfit)
	}
	return unless(reflect.DeepEqual(matcher, actual), misfit)
}

func (v values) fitOperator(
	operator string, operand interface{}, matcher map[string]interface{}, actual interface{}, at string,
) error {
	misfit := fmt.Errorf("%s is %s, not %s", at, show(actual), show(matcher))
	number, isNumber := numberOf(actual)
	bound, _ := numberOf(operand)
	switch operator {
	case "$close":
		within := 1e-4
		if given, ok := numberOf(matcher["$within"]); ok {
			within = given
		}
		return unless(isNumber && math.Abs(number-bound) <= within, misfit)
	case "$within":
		_, close := matcher["$close"]
		return unless(close, errors.New("$within goes with $close"))
	case "$least":
		return unless(isNumber && number >= bound, misfit)
	case "$most":
		return unless(isNumber && number <= bound, misfit)
	case "$size":
		switch actual := actual.(type) {
		case string:
			return v.fit(operand, float64(utf8.RuneCountInString(actual)), "size of "+at)
		case []interface{}:
			return v.fit(operand, float64(len(actual)), "size of "+at)
		}
		return misfit
	case "$each":
		list, ok := actual.([]interface{})
		for i, element := range list {
			if err := v.fit(operand, element, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return unless(ok, misfit)
	case "$contains":
		if text, ok := actual.(string); ok {
			part, ok := operand.(string)
			return unless(ok && strings.Contains(text, part), misfit)
		}
		list, _ := actual.([]interface{})
		for _, element := range list {
			if v.fit(operand, element, at) == nil {
				return nil
			}
		}
		return misfit
	case "$saved":
		path, _ := operand.(string)
		saved, err := v.at(path)
		if err != nil {
			return err
		}
		return unless(reflect.DeepEqual(saved, actual), misfit)
	case "$not":
		return unless(v.fit(operand, actual, at) != nil, misfit)
	}
	return fmt.Errorf("there is no matcher %s", operator)
}

func unless(fits bool, misfit error) error {
	if fits {
		return nil
	}
	return misfit
}

// sameNumber compares a number with one, or with a string that holds one, exactly.
func sameNumber(wanted json.Number, actual interface{}) bool {
	if text, ok := actual.(string); ok {
		actual = json.Number(text)
	}
	if number, ok := actual.(json.Number); ok && number == wanted {
		return true
	}
	expected, _ := wanted.Float64()
	number, ok := numberOf(actual)
	return ok && number == expected
}

func numberOf(value interface{}) (float64, bool) {
	switch value := value.(type) {
	case float64:
		return value, true
	case json.Number:
		number, err := value.Float64()
		return number, err == nil
	case string:
		number, err := strconv.ParseFloat(value, 64)
		return number, err == nil
	}
	return 0, false
}

// operatorOf is one of an object's keys that begin with $, if there is one.
func operatorOf(object map[string]interface{}) string {
	for key := range object {
		if strings.HasPrefix(key, "$") {
			return key
		}
	}
	return ""
}

func object(value interface{}) map[string]interface{} {
	fields, _ := value.(map[string]interface{})
	return fields
}
