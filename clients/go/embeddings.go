package lea

import (
	"encoding/binary"
	"fmt"
	"math"

	"lea.dev/lea/commonpb"
)

// Rows of a matrix, however it travelled; each of its dimension's numbers. None where there is no matrix.
func Rows(embeddings *commonpb.Embeddings) ([][]float32, error) {
	all := embeddings.GetValues()
	if packed := embeddings.GetPacked(); len(packed) > 0 {
		all = make([]float32, len(packed)/4)
		for i := range all {
			all[i] = math.Float32frombits(binary.LittleEndian.Uint32(packed[4*i:]))
		}
	}
	count, dimension := int(embeddings.GetCount()), int(embeddings.GetDimension())
	if count < 0 || dimension < 0 || len(all) != count*dimension {
		return nil, fmt.Errorf("lea: %d x %d embeddings came with %d numbers", count, dimension, len(all))
	}
	rows := make([][]float32, count)
	for row := range rows {
		rows[row] = all[row*dimension : (row+1)*dimension]
	}
	return rows, nil
}
