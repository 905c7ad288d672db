package dev.lea.serving;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceRule;

/// The walls inside this module.
@AnalyzeClasses(packages = "dev.lea.serving", importOptions = ArchitectureTest.OurCode.class)
class ArchitectureTest {
    /// Leaves out the tests and what generators wrote.
    static final class OurCode implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return new DoNotIncludeTests().includes(location)
                    && !location.contains("/dev/lea/serving/onnx/format/");
        }
    }

    @ArchTest
    static final ArchRule onlyRpcSeesTheContractAndGrpc =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.lea.serving.rpc..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.grpc..", "dev.lea.proto..");

    @ArchTest
    static final ArchRule onlyOnnxSeesOnnxRuntime =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.lea.serving.onnx..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("ai.onnxruntime..");

    @ArchTest
    static final ArchRule bundlesKnowNothingOfWhoServesThem =
            noClasses()
                    .that()
                    .resideInAPackage("dev.lea.serving.bundle..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.lea.serving.swap..",
                            "dev.lea.serving.batch..",
                            "dev.lea.serving.rpc..",
                            "dev.lea.serving.config..");

    @ArchTest
    static final SliceRule packagesAreFreeOfCycles =
            slices().matching("dev.lea.serving.(*)..").should().beFreeOfCycles();

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
    static final ArchRule publicClassesAreClosedToExtension =
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
            noMethods()
                    .that()
                    .haveName("close")
                    .should()
                    .declareThrowableOfType(Exception.class)
                    .orShould()
                    .declareThrowableOfType(InterruptedException.class);

    @ArchTest
    static final ArchRule nobodyAddsShutdownHooks =
            noClasses().should().callMethod(Runtime.class, "addShutdownHook", Thread.class);

    @ArchTest
    static final ArchRule nobodyUsesTheStandardStreams = NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

    @ArchTest
    static final ArchRule nobodyUsesJavaUtilLogging = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
}
