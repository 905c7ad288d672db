package dev.lea.trainer.evaluation;

import dev.lea.serving.Checks;
import dev.lea.trainer.data.CounterRandom;

/// A picture of vectors in two dimensions: the two directions in which they differ most.
///
/// Found by orthogonal iteration on the covariance. The sign of a direction is that which makes its largest
/// component positive, so that the same vectors always give the same picture.
///
/// @param points    [rows, 2]
/// @param first     share of the whole variance along the first direction
/// @param second    the same along the second
public record PrincipalComponents(double[][] points, double first, double second) {
    private static final int ITERATIONS = 100;

    /// @param rows vectors of one width, at least one
    public static PrincipalComponents of(float[][] rows) {
        Checks.inRange("rows", rows.length, 1, Integer.MAX_VALUE);
        int width = rows[0].length;
        Checks.inRange("width", width, 2, Integer.MAX_VALUE);
        double[] mean = mean(rows, width);
        double[][] covariance = covariance(rows, mean);
        double[] a = direction(covariance, null, 0);
        double[] b = direction(covariance, a, 1);
        double[][] points = new double[rows.length][2];
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < width; i++) {
                double centred = rows[row][i] - mean[i];
                points[row][0] += centred * a[i];
                points[row][1] += centred * b[i];
            }
        }
        double total = 1e-300;
        for (int i = 0; i < width; i++) {
            total += covariance[i][i];
        }
        return new PrincipalComponents(
                points, variance(covariance, a) / total, variance(covariance, b) / total);
    }

    private static double[] mean(float[][] rows, int width) {
        double[] mean = new double[width];
        for (float[] row : rows) {
            for (int i = 0; i < width; i++) {
                mean[i] += row[i] / (double) rows.length;
            }
        }
        return mean;
    }

    private static double[][] covariance(float[][] rows, double[] mean) {
        int width = mean.length;
        double[][] covariance = new double[width][width];
        double[] centred = new double[width];
        for (float[] row : rows) {
            for (int i = 0; i < width; i++) {
                centred[i] = row[i] - mean[i];
            }
            for (int i = 0; i < width; i++) {
                for (int j = 0; j < width; j++) {
                    covariance[i][j] += centred[i] * centred[j] / rows.length;
                }
            }
        }
        return covariance;
    }

    /// The direction of the largest variance among those at right angles to `other`.
    private static double[] direction(double[][] covariance, double[] other, int number) {
        var random = CounterRandom.of(1, "principal_components", number);
        double[] direction = new double[covariance.length];
        for (int i = 0; i < direction.length; i++) {
            direction[i] = random.nextGaussian();
        }
        unit(direction, other);
        for (int iteration = 0; iteration < ITERATIONS; iteration++) {
            double[] next = times(covariance, direction);
            unit(next, other);
            direction = next;
        }
        int largest = 0;
        for (int i = 1; i < direction.length; i++) {
            largest = Math.abs(direction[i]) > Math.abs(direction[largest]) ? i : largest;
        }
        double sign = direction[largest] < 0 ? -1 : 1;
        for (int i = 0; i < direction.length; i++) {
            direction[i] *= sign;
        }
        return direction;
    }

    private static void unit(double[] direction, double[] other) {
        double along = other == null ? 0 : dot(direction, other);
        double squares = 1e-300;
        for (int i = 0; i < direction.length; i++) {
            direction[i] -= other == null ? 0 : along * other[i];
            squares += direction[i] * direction[i];
        }
        for (int i = 0; i < direction.length; i++) {
            direction[i] /= Math.sqrt(squares);
        }
    }

    private static double variance(double[][] covariance, double[] direction) {
        return dot(direction, times(covariance, direction));
    }

    private static double[] times(double[][] matrix, double[] vector) {
        double[] product = new double[vector.length];
        for (int i = 0; i < vector.length; i++) {
            product[i] = dot(matrix[i], vector);
        }
        return product;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
