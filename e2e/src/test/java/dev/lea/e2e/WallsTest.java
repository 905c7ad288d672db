package dev.lea.e2e;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceRule;

/// The walls between modules and packages, as `docs/architecture.md` draws them.
@AnalyzeClasses(packages = "dev.lea", importOptions = WallsTest.OurProductionCode.class)
class WallsTest {
    /// Leaves out the tests and what generators wrote.
    static final class OurProductionCode implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return new DoNotIncludeTests().includes(location)
                    && !location.contains("/dev/lea/serving/onnx/format/")
                    && !location.contains("/dev/lea/proto/");
        }
    }

    private static final String PROTO = "dev.lea.proto..";
    private static final String SERVING = "dev.lea.serving..";
    private static final String RPC = "dev.lea.serving.rpc..";
    private static final String CLIENT = "dev.lea.client..";
    private static final String ENVIRONMENT = "dev.lea.environment..";
    private static final String AGENT = "dev.lea.agent..";
    private static final String TRAINER = "dev.lea.trainer..";
    private static final String IMPORTER = "dev.lea.importer..";
    private static final String CLI = "dev.lea.cli..";

    private static final DescribedPredicate<JavaClass> IS_SERVICE_OR_IN_RPC =
            resideInAnyPackage(RPC, CLIENT)
                    .or(
                            DescribedPredicate.describe(
                                    "are services or their streams",
                                    type ->
                                            type.getName()
                                                    .matches(".*(Service|Rpc|Stream)(\\$.*)?")));

    // ---- modules: the three programs meet only on the wire ----

    @ArchTest
    static final ArchRule servingKnowsNoProgramAndNoClient =
            noClasses()
                    .that()
                    .resideInAPackage(SERVING)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ENVIRONMENT, AGENT, TRAINER, CLIENT, CLI);

    @ArchTest
    static final ArchRule inServingOnlyRpcKnowsTheContract =
            noClasses()
                    .that()
                    .resideInAPackage(SERVING)
                    .and()
                    .resideOutsideOfPackage(RPC)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(PROTO, "io.grpc..");

    @ArchTest
    static final ArchRule clientKnowsOnlyTheContract =
            noClasses()
                    .that()
                    .resideInAPackage(CLIENT)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(SERVING, ENVIRONMENT, AGENT, TRAINER, CLI);

    @ArchTest
    static final ArchRule environmentServerKnowsNoOtherProgram =
            noClasses()
                    .that()
                    .resideInAPackage(ENVIRONMENT)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(AGENT, TRAINER, CLIENT, CLI)
                    .allowEmptyShould(true);

    @ArchTest
    static final ArchRule agentServerKnowsNoOtherProgram =
            noClasses()
                    .that()
                    .resideInAPackage(AGENT)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ENVIRONMENT, TRAINER, CLIENT, CLI);

    @ArchTest
    static final ArchRule trainerKnowsNoServer =
            noClasses()
                    .that()
                    .resideInAPackage(TRAINER)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ENVIRONMENT, AGENT, CLI);

    @ArchTest
    static final ArchRule commandLineKnowsOnlyTheClient =
            noClasses()
                    .that()
                    .resideInAPackage(CLI)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(SERVING, ENVIRONMENT, AGENT, TRAINER);

    @ArchTest
    static final ArchRule importerKnowsOnlyFailuresAndFeedback =
            noClasses()
                    .that()
                    .resideInAPackage(IMPORTER)
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                            SERVING,
                                            PROTO,
                                            CLIENT,
                                            ENVIRONMENT,
                                            AGENT,
                                            TRAINER,
                                            CLI)
                                    .and(
                                            DescribedPredicate.not(
                                                    resideInAnyPackage(
                                                            "dev.lea.serving",
                                                            "dev.lea.serving.feedback"))));

    @ArchTest
    static final ArchRule nobodyKnowsTheImporter =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(IMPORTER)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(IMPORTER);

    // ---- libraries: each has one door ----

    @ArchTest
    static final ArchRule onlyOneDoorToOnnxRuntime =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.lea.serving.onnx..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("ai.onnxruntime..");

    @ArchTest
    static final ArchRule onlyServicesSpeakGrpc =
            noClasses()
                    .that(DescribedPredicate.not(IS_SERVICE_OR_IN_RPC))
                    .should()
                    .dependOnClassesThat(
                            resideInAPackage("io.grpc..")
                                    .and(
                                            DescribedPredicate.not(
                                                    resideInAnyPackage("io.grpc.health.."))));

    @ArchTest
    static final ArchRule onlyTheTrainerGuardsItsCalls =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(TRAINER)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.github.resilience4j..");

    @ArchTest
    static final ArchRule onlyOneDoorToTokenizers =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.lea.serving.text..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("ai.djl..");

    @ArchTest
    static final ArchRule onlyTheImporterReadsForeignTables =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(IMPORTER)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "org.duckdb..", "java.sql..", "de.siegmar..", "org.jsoup..");

    // ---- habits ----

    @ArchTest
    static final SliceRule packagesAreFreeOfCycles =
            slices().matching("dev.lea.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule fieldsArePrivateOrFinal =
            fields().that()
                    .areNotPrivate()
                    .and()
                    .areNotStatic()
                    .and()
                    .areDeclaredInClassesThat()
                    .areNotPrivate()
                    .should()
                    .beFinal();

    @ArchTest
    static final ArchRule classesAreClosedToExtension =
            classes()
                    .that()
                    .arePublic()
                    .and()
                    .areNotInterfaces()
                    .and()
                    .areNotEnums()
                    .should()
                    .haveModifier(JavaModifier.FINAL)
                    .orShould()
                    .haveModifier(JavaModifier.ABSTRACT);

    @ArchTest
    static final ArchRule closeThrowsNothingChecked =
            noMethods().that().haveName("close").should().declareThrowableOfType(Exception.class);

    @ArchTest
    static final ArchRule nobodyAddsShutdownHooks =
            noClasses().should().callMethod(Runtime.class, "addShutdownHook", Thread.class);

    @ArchTest
    static final ArchRule onlyMainsAndTheTerminalTouchTheStandardStreams =
            noClasses()
                    .that(
                            DescribedPredicate.describe(
                                    "have no main and are not the terminal",
                                    type ->
                                            type.tryGetMethod("main", String[].class).isEmpty()
                                                    && !type.getSimpleName().equals("Terminal")))
                    .should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule nobodyUsesJavaUtilLogging = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
}
