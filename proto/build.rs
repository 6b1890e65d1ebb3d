//! Compiles the contract without protoc, and makes one table of what each rpc says about access.
//! An rpc without its `(access)` option, or without a line "Who may:" in its comment, does not build.

use std::{env, fmt::Write as _, fs, io, path::PathBuf};

use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MethodDescriptor};

const PACKAGE: &str = "barnahus.v1";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=barnahus");
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folder by the environment")]
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let mut files: Vec<_> = fs::read_dir("barnahus/v1")?.map(|entry| entry.map(|file| file.path())).collect::<Result<_, _>>()?;
    files.sort();

    let mut compiler = protox::Compiler::new(["."]).map_err(io::Error::other)?;
    compiler.include_source_info(true).include_imports(true).open_files(&files).map_err(io::Error::other)?;
    // `encode_file_descriptor_set` and not the prost types: those would drop our options.
    let descriptor = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptor.bin"), &descriptor)?;
    let pool = DescriptorPool::decode(descriptor.as_slice()).map_err(io::Error::other)?;

    let private = private_messages(&pool);
    let mut config = tonic_prost_build::configure().emit_rerun_if_changed(false).codec_path("crate::codec::Codec");
    // Every answer holds some twenty hashes: slices of one piece of memory.
    for field in ["leaf_hash", "inclusion_proof"] {
        config = config.bytes(format!(".{PACKAGE}.Receipt.{field}"));
    }
    for (message, _) in &private {
        config = config.skip_debug([message]);
    }
    config.compile_fds(compiler.file_descriptor_set())?;
    fs::write(out.join("debug.rs"), debug_impls(&private))?;
    fs::write(out.join("methods.rs"), methods(&pool)?)
}

/// Messages with a field that is marked `debug_redact`, and the fields that may be shown.
fn private_messages(pool: &DescriptorPool) -> Vec<(String, Vec<FieldDescriptor>)> {
    let redacted =
        |field: &FieldDescriptor| field.options().get_field_by_name("debug_redact").is_some_and(|value| value.as_bool() == Some(true));
    pool.all_messages()
        .filter(|message| message.package_name() == PACKAGE && message.fields().any(|field| redacted(&field)))
        .map(|message| (message.full_name().to_owned(), message.fields().filter(|field| !redacted(field)).collect()))
        .collect()
}

/// PRIVACY: `{:?}` of such a message shows its open fields only, so that no log line can hold a private text.
fn debug_impls(private: &[(String, Vec<FieldDescriptor>)]) -> String {
    let mut code = String::new();
    for (message, open) in private {
        let name = message.rsplit('.').next().unwrap_or_default();
        let _ = writeln!(
            code,
            "impl std::fmt::Debug for {name} {{\n fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{\n  f.debug_struct(\"{name}\")"
        );
        for field in open.iter().filter(|field| field.containing_oneof().is_none()) {
            let field = field.name();
            let _ = writeln!(code, "   .field(\"{field}\", &self.{})", if field == "case" { field.to_owned() } else { rust_field(field) });
        }
        let _ = writeln!(code, "   .finish_non_exhaustive()\n }}\n}}");
    }
    code
}

fn rust_field(name: &str) -> String {
    if matches!(name, "type" | "for" | "in" | "match" | "ref" | "self" | "use" | "where") { format!("r#{name}") } else { name.to_owned() }
}

fn methods(pool: &DescriptorPool) -> io::Result<String> {
    let mut code = String::from("/// Every rpc of the contract, in the order of the files.\npub static METHODS: &[Method] = &[\n");
    for service in pool.services().filter(|service| service.package_name() == PACKAGE) {
        for method in service.methods() {
            let (permission, recorded) = access(&method)?;
            let comment = comment(&method);
            let who = comment
                .lines()
                .skip_while(|line| !line.trim().starts_with("Who may:"))
                .take_while(|line| !line.trim().starts_with("Records:"))
                .map(|line| line.trim().trim_start_matches("Who may:").trim())
                .collect::<Vec<_>>()
                .join(" ");
            let what = comment.lines().take_while(|line| !line.trim().starts_with("Who may:")).map(str::trim).collect::<Vec<_>>().join(" ");
            let records = comment.lines().find_map(|line| line.trim().strip_prefix("Records:")).unwrap_or_default();
            let kind = records.trim().split([',', ';', ' ']).next().unwrap_or_default().trim_end_matches('.');
            if who.is_empty() || what.is_empty() || !kind.contains('.') {
                return Err(io::Error::other(format!("`{}` does not say what it does, who may, or what it records", method.full_name())));
            }
            let _ = writeln!(
                code,
                "Method {{ path: \"/{}/{}\", service: \"{}\", name: \"{}\", request: \"{}\", response: \"{}\", permission: {permission:?}, kind: {kind:?}, recorded: Recorded::{recorded}, streaming: {}, what: {what:?}, who: {who:?} }},",
                service.full_name(),
                method.name(),
                service.name(),
                method.name(),
                method.input().full_name(),
                method.output().full_name(),
                method.is_server_streaming(),
            );
        }
    }
    code.push_str("];\n");
    Ok(code)
}

fn access(method: &MethodDescriptor) -> io::Result<(String, &'static str)> {
    let missing =
        || io::Error::other(format!("`{}` has no option (access): say its permission and what it leaves in the log", method.full_name()));
    let pool = method.parent_pool();
    let extension = pool.get_extension_by_name("barnahus.v1.access").ok_or_else(missing)?;
    let options = method.options();
    let value = options.get_extension(&extension);
    let access: &DynamicMessage = value.as_message().ok_or_else(missing)?;
    let permission = access
        .get_field_by_name("permission")
        .and_then(|value| value.as_str().map(str::to_owned))
        .filter(|text| text.contains('.'))
        .ok_or_else(missing)?;
    debug_assert!(matches!(extension.kind(), Kind::Message(_)));
    let recorded = match access.get_field_by_name("recorded").and_then(|value| value.as_enum_number()) {
        Some(1) => "Act",
        Some(2) => "Read",
        Some(3) => "List",
        Some(4) => "Stream",
        _ => return Err(missing()),
    };
    Ok((permission, recorded))
}

/// The leading comment of an rpc.
fn comment(method: &MethodDescriptor) -> String {
    let file = method.parent_file();
    let path = method.path();
    file.file_descriptor_proto()
        .source_code_info
        .iter()
        .flat_map(|info| &info.location)
        .find(|location| location.path == path)
        .map(|location| location.leading_comments().to_owned())
        .unwrap_or_default()
}
