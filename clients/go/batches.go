package lea

import (
	"context"
	"sync"
)

const maxConcurrency = 1024

// inOrder works on all items, several at a time, and gives the results in the items' order. The first failure ends
// the others.
func inOrder[T, R any](
	ctx context.Context, items []T, concurrency int, work func(context.Context, T) (R, error),
) ([]R, error) {
	if err := inRange("concurrency", concurrency, 1, maxConcurrency); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make([]R, len(items))
	var (
		workers sync.WaitGroup
		failing sync.Once
		failure error
	)
	next := make(chan int)
	for i := 0; i < concurrency && i < len(items); i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for item := range next {
				result, err := work(ctx, items[item])
				if err != nil {
					failing.Do(func() { failure = err })
					cancel()
					return
				}
				results[item] = result
			}
		}()
	}
	for item := range items {
		select {
		case next <- item:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	if failure != nil {
		return nil, failure
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return results, nil
}

// pieces of the same length, the last one shorter.
func pieces[T any](all []T, size int) [][]T {
	var parts [][]T
	for len(all) > size {
		parts = append(parts, all[:size])
		all = all[size:]
	}
	if len(all) > 0 {
		parts = append(parts, all)
	}
	return parts
}
