package dev.lea.cli.demo;

import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.trainer.v1.CreateRunRequest;
import dev.lea.proto.trainer.v1.CreateRunResponse;
import dev.lea.proto.trainer.v1.DataSummary;
import dev.lea.proto.trainer.v1.EnvironmentReport;
import dev.lea.proto.trainer.v1.Example;
import dev.lea.proto.trainer.v1.PublishedVersion;
import dev.lea.proto.trainer.v1.RecommenderReport;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import dev.lea.proto.trainer.v1.Stage;
import dev.lea.proto.trainer.v1.TitledItem;
import dev.lea.proto.trainer.v1.TrainerServiceGrpc;
import dev.lea.proto.trainer.v1.WatchRunRequest;
import dev.lea.proto.trainer.v1.WatchRunResponse;
import io.grpc.stub.StreamObserver;

/// Plays a run that publishes two policies, or fails.
final class FakeTrainer extends TrainerServiceGrpc.TrainerServiceImplBase {
    /// What a policy's publication does to the outside.
    @FunctionalInterface
    interface Publication {
        void publish(RunSpec spec, long version) throws InterruptedException;
    }

    private final Publication publication;
    private volatile RunSpec spec;

    FakeTrainer(Publication publication) {
        this.publication = publication;
    }

    @Override
    public void createRun(CreateRunRequest request, StreamObserver<CreateRunResponse> out) {
        spec = request.getSpec();
        out.onNext(
                CreateRunResponse.newBuilder().setRun(Run.newBuilder().setRunId("run-1")).build());
        out.onCompleted();
    }

    @Override
    public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> out) {
        try {
            var run =
                    Run.newBuilder()
                            .setRunId("run-1")
                            .setSpec(spec)
                            .setState(RunState.RUN_STATE_RUNNING);
            tell(run.addStages(stage("read data", 12_345, 12_345, "rows", 0.3, "")), out);
            run.setData(data());
            tell(
                    run.addStages(stage("pretrain the LLM", 120, 400, "steps", 6.2, "loss 3.10")),
                    out);
            tell(
                    run.setStages(
                            1, stage("pretrain the LLM", 400, 400, "steps", 21.4, "loss 2.31")),
                    out);
            if ("broken".equals(spec.getPreset())) {
                tell(
                        run.setState(RunState.RUN_STATE_FAILED).setFailure("items.tsv has no text"),
                        out);
                out.onCompleted();
                return;
            }
            run.setEnvironment(environment());
            publication.publish(spec, 1);
            run.addPublished(published(1, "SASRec-SNQN"));
            run.addExamples(example());
            tell(run.addStages(stage("train SNQN-LEASR", 10, 0, "steps", 1.5, "loss 5.01")), out);
            publication.publish(spec, 2);
            run.addPublished(published(2, "SASRec-SNQN-LEASR"));
            tell(
                    run.setStages(
                            2, stage("train SNQN-LEASR", 3000, 3000, "steps", 30.5, "loss 4.20")),
                    out);
            recommenders(run);
            tell(run.setState(RunState.RUN_STATE_SUCCEEDED), out);
            out.onCompleted();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void tell(Run.Builder run, StreamObserver<WatchRunResponse> out) {
        out.onNext(WatchRunResponse.newBuilder().setRun(run).build());
    }

    private static Stage stage(
            String name, long done, long total, String unit, double seconds, String note) {
        return Stage.newBuilder()
                .setName(name)
                .setDone(done)
                .setTotal(total)
                .setUnit(unit)
                .setSeconds(seconds)
                .setNote(note)
                .setComplete(total > 0 && done == total)
                .build();
    }

    private static DataSummary data() {
        return DataSummary.newBuilder()
                .setUsers(1200)
                .setItems(600)
                .setInteractions(12_345)
                .setTrainUsers(960)
                .setValidUsers(120)
                .setTestUsers(120)
                .setItemsWithoutText(3)
                .setBadRows(1)
                .addBadRowExamples("interactions.tsv:17: 2 columns, 3 expected")
                .build();
    }

    static EnvironmentReport environment() {
        return EnvironmentReport.newBuilder()
                .addConditions("valid.accuracy.popular.low 0.6123 > 0.5000")
                .addConditions("valid.accuracy.uniform 0.8123 > 0.6700")
                .addConditions("valid.ndcg@10 0.0312 > 0.0417")
                .putMetrics("valid.accuracy.uniform", 0.8123)
                .putMetrics("valid.ndcg@10", 0.0312)
                .putMetrics("test.popularity.ndcg@10", 0.0409)
                .putMetrics("test.accuracy.uniform", 0.8011)
                .putMetrics("test.accuracy.popular", 0.6544)
                .putMetrics("test.hr@10", 0.0911)
                .putMetrics("test.ndcg@10", 0.0455)
                .putMetrics("truth.spearman", 0.634)
                .addWarnings("rewards of logged actions differ little: deviation 0.018")
                .setPassed(true)
                .build();
    }

    private static void recommenders(Run.Builder run) {
        String[] names = {"popularity", "SASRec", "SASRec-SNQN", "SASRec-SNQN-LEASR"};
        double[] quality = {0.021, 0.066, 0.069, 0.071};
        for (int i = 0; i < names.length; i++) {
            var report = RecommenderReport.newBuilder().setName(names[i]).setWinner(i == 3);
            for (int k : new int[] {5, 10, 20}) {
                report.putMetrics("test.hr@" + k, quality[i] * k / 4);
                report.putMetrics("test.ndcg@" + k, quality[i] * (1 + k / 50.0));
            }
            run.addRecommenders(report);
        }
    }

    private static PublishedVersion published(long version, String recommender) {
        return PublishedVersion.newBuilder()
                .setRecommender(recommender)
                .setModel(ModelVersion.newBuilder().setName("policy").setVersion(version))
                .setParity(2.4e-6)
                .build();
    }

    private static Example example() {
        return Example.newBuilder()
                .setUserId("u7")
                .addHistory(item(1))
                .addHistory(item(2))
                .addHistory(item(3))
                .addHistory(item(4))
                .setNext(item(12))
                .build();
    }

    private static TitledItem item(int number) {
        return TitledItem.newBuilder().setItemId("i" + number).setTitle("Title " + number).build();
    }
}
