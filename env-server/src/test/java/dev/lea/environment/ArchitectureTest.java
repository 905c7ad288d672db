package dev.lea.environment;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.lea.environment", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packagesAreFreeOfCycles =
            slices().matching("dev.lea.environment.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theModelKnowsNoWire =
            noClasses()
                    .that()
                    .resideInAPackage("dev.lea.environment.model..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "io.grpc..",
                            "com.google.protobuf..",
                            "dev.lea.proto..",
                            "dev.lea.serving.rpc..",
                            "dev.lea.environment");

    @ArchTest
    static final ArchRule nobodyTouchesOnnxRuntime =
            noClasses().should().dependOnClassesThat().resideInAPackage("ai.onnxruntime..");

    @ArchTest
    static final ArchRule otherProgramsAreStrangers =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.lea.agent..",
                            "dev.lea.trainer..",
                            "dev.lea.client..",
                            "dev.lea.cli..");

    @ArchTest
    static final ArchRule fieldsArePrivateOrFinal =
            fields().that().areNotPrivate().and().areNotStatic().should().beFinal();

    @ArchTest
    static final ArchRule publicClassesAreFinal =
            classes()
                    .that()
                    .arePublic()
                    .and()
                    .areNotInterfaces()
                    .should()
                    .haveModifier(JavaModifier.FINAL);

    @ArchTest
    static final ArchRule closeDeclaresNoInterruptedException =
            noMethods()
                    .that()
                    .haveName("close")
                    .should()
                    .declareThrowableOfType(InterruptedException.class);

    @ArchTest static final ArchRule noJul = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

    @ArchTest
    static final ArchRule nobodyAddsShutdownHooks =
            noClasses().should().callMethod(Runtime.class, "addShutdownHook", Thread.class);
}
