pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
        // What `bindings/package all` makes. An app names the repository that the library is published in.
        maven(url = "../../target/maven")
    }
}

rootProject.name = "approve"
include(":app")
