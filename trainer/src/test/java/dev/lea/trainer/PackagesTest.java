package dev.lea.trainer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// Which of the trainer's packages may see which.
@AnalyzeClasses(packages = "dev.lea.trainer", importOptions = DoNotIncludeTests.class)
class PackagesTest {
    private static final String DATA = "dev.lea.trainer.data..";
    private static final String EVALUATION = "dev.lea.trainer.evaluation..";
    private static final String SAMPLE = "dev.lea.trainer.sample..";
    private static final String[] LEARNING = {
        "dev.lea.trainer.net..",
        "dev.lea.trainer.llm..",
        "dev.lea.trainer.environment..",
        "dev.lea.trainer.agent.."
    };
    private static final String[] NETWORKS_AND_WIRE = {
        "dev.lea.trainer.net..",
        "dev.lea.trainer.llm..",
        "dev.lea.trainer.environment..",
        "dev.lea.trainer.agent..",
        "dev.lea.trainer.run..",
        "dev.lea.proto..",
        "dev.lea.client..",
        "dev.lea.serving.onnx..",
        "dev.lea.serving.rpc.."
    };

    @ArchTest
    static final ArchRule dataKnowsNobody =
            noClasses()
                    .that()
                    .resideInAPackage(DATA)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(NETWORKS_AND_WIRE)
                    .orShould()
                    .dependOnClassesThat()
                    .resideInAnyPackage(EVALUATION, SAMPLE);

    @ArchTest
    static final ArchRule evaluationKnowsOnlyData =
            noClasses()
                    .that()
                    .resideInAPackage(EVALUATION)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(NETWORKS_AND_WIRE)
                    .orShould()
                    .dependOnClassesThat()
                    .resideInAPackage(SAMPLE);

    @ArchTest
    static final ArchRule sampleKnowsOnlyData =
            noClasses()
                    .that()
                    .resideInAPackage(SAMPLE)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(NETWORKS_AND_WIRE)
                    .orShould()
                    .dependOnClassesThat()
                    .resideInAPackage(EVALUATION);

    /// The sample knows the answers.
    @ArchTest
    static final ArchRule whatLearnsKnowsNoSample =
            noClasses()
                    .that()
                    .resideInAnyPackage(LEARNING)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(SAMPLE)
                    .allowEmptyShould(true);
}
