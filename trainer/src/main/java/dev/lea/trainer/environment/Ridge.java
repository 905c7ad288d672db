package dev.lea.trainer.environment;

/// Weighted ridge regression: `W = (X' C X + lambda I)^-1 X' C Y`, X standardised and with a column of ones that
/// is not penalised, C the rows' weights. In double precision, by Cholesky.
final class Ridge {
    private final int inputs;
    private final int outputs;
    private final double[] mean;
    private final double[] deviation;
    private final double[][] gram;
    private final double[][] moments;

    /// @param x       [rows][inputs]
    /// @param y       [rows][outputs]
    /// @param weights of the rows; a row of weight 0 does not count
    Ridge(float[][] x, float[][] y, double[] weights) {
        this.inputs = x[0].length;
        this.outputs = y[0].length;
        this.mean = new double[inputs];
        this.deviation = new double[inputs];
        standardise(x, weights);
        int size = inputs + 1;
        this.gram = new double[size][size];
        this.moments = new double[size][outputs];
        double[] row = new double[size];
        for (int r = 0; r < x.length; r++) {
            if (weights[r] > 0) {
                fill(row, x[r]);
                add(row, y[r], weights[r]);
            }
        }
    }

    /// The fitted map as `x -> x W + b`, of what was given and not of what was standardised.
    ///
    /// @param weight [inputs, outputs] row-major
    record Affine(float[] weight, float[] bias) {
        /// y of one row.
        float[] apply(float[] x) {
            float[] y = bias.clone();
            for (int i = 0; i < x.length; i++) {
                for (int o = 0; o < y.length; o++) {
                    y[o] += x[i] * weight[i * y.length + o];
                }
            }
            return y;
        }
    }

    /// @param lambda above 0, in units of the rows' summed weight
    Affine solve(double lambda) {
        int size = inputs + 1;
        double total = gram[inputs][inputs];
        double[][] lower = new double[size][];
        for (int i = 0; i < size; i++) {
            lower[i] = gram[i].clone();
            lower[i][i] += i == inputs ? 0 : lambda * total;
        }
        factor(lower);
        float[] weight = new float[inputs * outputs];
        float[] bias = new float[outputs];
        double[] column = new double[size];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < size; i++) {
                column[i] = moments[i][o];
            }
            substitute(lower, column);
            double constant = column[inputs];
            for (int i = 0; i < inputs; i++) {
                double w = column[i] / deviation[i];
                weight[i * outputs + o] = (float) w;
                constant -= w * mean[i];
            }
            bias[o] = (float) constant;
        }
        return new Affine(weight, bias);
    }

    private void standardise(float[][] x, double[] weights) {
        double total = 0;
        for (int r = 0; r < x.length; r++) {
            total += weights[r];
            for (int i = 0; i < inputs; i++) {
                mean[i] += weights[r] * x[r][i];
                deviation[i] += weights[r] * x[r][i] * x[r][i];
            }
        }
        for (int i = 0; i < inputs; i++) {
            mean[i] /= total;
            double variance = deviation[i] / total - mean[i] * mean[i];
            deviation[i] = variance > 1e-12 ? Math.sqrt(variance) : 1;
        }
    }

    private void fill(double[] row, float[] x) {
        for (int i = 0; i < inputs; i++) {
            row[i] = (x[i] - mean[i]) / deviation[i];
        }
        row[inputs] = 1;
    }

    private void add(double[] row, float[] y, double weight) {
        for (int i = 0; i <= inputs; i++) {
            double scaled = weight * row[i];
            double[] into = gram[i];
            for (int j = 0; j <= i; j++) {
                into[j] += scaled * row[j];
            }
            double[] moment = moments[i];
            for (int o = 0; o < outputs; o++) {
                moment[o] += scaled * y[o];
            }
        }
    }

    /// Cholesky in place, of the lower triangle.
    private static void factor(double[][] a) {
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = a[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= a[i][k] * a[j][k];
                }
                a[i][j] = i == j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / a[j][j];
            }
        }
    }

    private static void substitute(double[][] lower, double[] b) {
        for (int i = 0; i < b.length; i++) {
            double sum = b[i];
            for (int k = 0; k < i; k++) {
                sum -= lower[i][k] * b[k];
            }
            b[i] = sum / lower[i][i];
        }
        for (int i = b.length - 1; i >= 0; i--) {
            double sum = b[i];
            for (int k = i + 1; k < b.length; k++) {
                sum -= lower[k][i] * b[k];
            }
            b[i] = sum / lower[i][i];
        }
    }
}
