//! An artefact in a Maven repository: its file, sources and documentation, its POM, and their checksums.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Error, Result, bail};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::library;

#[derive(clap::Args)]
pub(crate) struct Module {
    /// The folder of the repository.
    #[arg(long)]
    repository: PathBuf,
    #[arg(long)]
    artefact: String,
    #[arg(long)]
    version: String,
    #[arg(long)]
    description: String,
    /// Where the project is at home, if that is known.
    #[arg(long)]
    url: Option<String>,
    /// The AAR or JAR.
    #[arg(long)]
    file: PathBuf,
    #[arg(long)]
    sources: PathBuf,
    #[arg(long)]
    documentation: PathBuf,
    /// GROUP:NAME:VERSION[@TYPE]:SCOPE.
    #[arg(long = "needs")]
    dependencies: Vec<Dependency>,
}

#[derive(Clone)]
struct Dependency {
    group: String,
    name: String,
    version: String,
    kind: Option<String>,
    scope: String,
}

impl FromStr for Dependency {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let [group, name, version, scope] =
            text.split(':').map(str::to_owned).collect::<Vec<_>>().try_into().map_err(|_| {
                Error::msg(format!("{text} is not GROUP:NAME:VERSION[@TYPE]:SCOPE"))
            })?;
        let (version, kind) = match version.split_once('@') {
            Some((version, kind)) => (version.to_owned(), Some(kind.to_owned())),
            None => (version, None),
        };
        Ok(Self { group, name, version, kind, scope })
    }
}

impl Module {
    pub(crate) fn write(&self) -> Result<()> {
        let kind = self
            .file
            .extension()
            .and_then(|end| end.to_str())
            .with_context(|| format!("{} is no AAR or JAR", self.file.display()))?;
        for library in library::found(&self.file.display().to_string())? {
            library.check_for_release()?;
        }
        let folder =
            self.repository.join(GROUP.replace('.', "/")).join(&self.artefact).join(&self.version);
        if folder.exists() {
            bail!("{} is there already", folder.display());
        }
        fs::create_dir_all(&folder)?;
        let put = |end: &str, data: &[u8]| {
            let name = format!("{}-{}{end}", self.artefact, self.version);
            fs::write(folder.join(&name), data)?;
            put_checksums(&folder, &name, data)
        };
        put(&format!(".{kind}"), &fs::read(&self.file)?)?;
        put("-sources.jar", &fs::read(&self.sources)?)?;
        put("-javadoc.jar", &fs::read(&self.documentation)?)?;
        put(".pom", self.pom(kind).as_bytes())
    }

    fn pom(&self, packaging: &str) -> String {
        let Self { artefact, version, description, .. } = self;
        let url = self
            .url
            .as_ref()
            .map(|url| format!("  <url>{}</url>\n", escaped(url)))
            .unwrap_or_default();
        let dependencies: String = self.dependencies.iter().map(Dependency::xml).collect();
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 https://maven.apache.org/xsd/maven-4.0.0.xsd">
  <modelVersion>4.0.0</modelVersion>
  <groupId>{GROUP}</groupId>
  <artifactId>{artefact}</artifactId>
  <version>{version}</version>
  <packaging>{packaging}</packaging>
  <name>{artefact}</name>
  <description>{description}</description>
{url}  <licenses>
    <license>
      <name>MIT</name>
      <url>https://opensource.org/license/mit</url>
    </license>
    <license>
      <name>Apache-2.0</name>
      <url>https://www.apache.org/licenses/LICENSE-2.0</url>
    </license>
  </licenses>
  <dependencies>
{dependencies}  </dependencies>
</project>
"#,
            description = escaped(description),
        )
    }
}

impl Dependency {
    fn xml(&self) -> String {
        let Self { group, name, version, scope, .. } = self;
        let kind = self
            .kind
            .as_ref()
            .map(|kind| format!("\n      <type>{kind}</type>"))
            .unwrap_or_default();
        format!(
            "    <dependency>
      <groupId>{group}</groupId>
      <artifactId>{name}</artifactId>
      <version>{version}</version>{kind}
      <scope>{scope}</scope>
    </dependency>
"
        )
    }
}

fn put_checksums(folder: &Path, name: &str, data: &[u8]) -> Result<()> {
    let sums = [
        ("md5", hex::encode(Md5::digest(data))),
        ("sha1", hex::encode(Sha1::digest(data))),
        ("sha256", hex::encode(Sha256::digest(data))),
        ("sha512", hex::encode(Sha512::digest(data))),
    ];
    for (end, sum) in sums {
        fs::write(folder.join(format!("{name}.{end}")), sum)?;
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const GROUP: &str = "dev.scanlogin";
