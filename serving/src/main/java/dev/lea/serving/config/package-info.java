/// How a program is told what to do. [dev.lea.serving.config.Setting] names one setting,
/// [dev.lea.serving.config.Configuration] reads all of a program's settings from its flags, the environment
/// and a properties file, which say the same things in that order of precedence, and reports every problem
/// at once as a [dev.lea.serving.config.StartFailure].
///
/// May be imported by anyone; imports nothing of ours but [dev.lea.serving.Checks].
package dev.lea.serving.config;
