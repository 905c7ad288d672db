package dev.lea.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.lea.agent", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule seesOnlyServingAndProto =
            classes()
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.lea.agent..",
                            "dev.lea.serving..",
                            "dev.lea.proto.agent..",
                            "dev.lea.proto.common..",
                            "io.grpc.stub..",
                            "com.google.protobuf..",
                            "io.micrometer.core..",
                            "org.slf4j..",
                            "java..");

    @ArchTest
    static final ArchRule mainAloneIsPublic =
            classes().that().doNotHaveSimpleName("Main").should().notBePublic();

    @ArchTest
    static final ArchRule classesAreFinal =
            classes()
                    .that()
                    .areTopLevelClasses()
                    .and()
                    .areNotInterfaces()
                    .should()
                    .haveModifier(JavaModifier.FINAL);

    @ArchTest
    static final ArchRule mainAloneTouchesTheProcess =
            noClasses()
                    .that()
                    .doNotHaveSimpleName("Main")
                    .should()
                    .accessField(System.class, "out")
                    .orShould()
                    .accessField(System.class, "err")
                    .orShould()
                    .callMethod(System.class, "exit", int.class);

    @ArchTest
    static final ArchRule nobodyAddsShutdownHooks =
            noClasses().should().callMethod(Runtime.class, "addShutdownHook", Thread.class);
}
