package dev.lea.tmp;
class DummyTest { @org.junit.jupiter.api.Test void ok() { org.assertj.core.api.Assertions.assertThat(1).isEqualTo(1); } }
