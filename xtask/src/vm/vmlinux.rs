//! The kernel proper, out of the self-extracting image that Debian ships.
//!
//! `vmlinuz` unpacks itself when it is started, which takes an emulated processor up to four
//! seconds of every boot. The emulator also boots the ELF file inside (through the kernel's PVH
//! entry point), so it is unpacked once, when the kernel is put into the cache: same code, booted
//! sooner.

use std::io::{Cursor, Read};

use anyhow::{Context, Result, ensure};

/// Offsets in the header of a bzImage, from the kernel's x86 boot protocol.
mod header {
    pub(super) const SETUP_SECTORS: usize = 0x1f1;
    pub(super) const MAGIC: usize = 0x202;
    pub(super) const VERSION: usize = 0x206;
    pub(super) const PAYLOAD_OFFSET: usize = 0x248;
    pub(super) const PAYLOAD_LENGTH: usize = 0x24c;
}

/// The first version of the boot protocol that states where the payload is.
const WITH_PAYLOAD: u32 = 0x0208;

/// Unpacks the kernel in a bzImage. An image whose compression is not known here is handed back as
/// it is; it boots too.
pub(super) fn unpack(image: Vec<u8>) -> Result<Vec<u8>> {
    let payload = payload(&image).context("the kernel image is no bzImage")?;
    let mut kernel = Vec::new();
    if payload.starts_with(b"\xfd7zXZ") {
        let mut stream = lzma_rust2::XzReader::new(Cursor::new(payload), false);
        stream.read_to_end(&mut kernel).context("cannot unpack the kernel image")?;
    } else if payload.starts_with(&0xfd2f_b528_u32.to_le_bytes()) {
        let mut stream = ruzstd::decoding::StreamingDecoder::new(Cursor::new(payload))
            .context("cannot unpack the kernel image")?;
        stream.read_to_end(&mut kernel).context("cannot unpack the kernel image")?;
    } else {
        return Ok(image);
    }
    ensure!(kernel.starts_with(b"\x7fELF"), "the kernel image holds no ELF file");
    Ok(kernel)
}

fn payload(image: &[u8]) -> Option<&[u8]> {
    let number = |offset: usize, size: usize| {
        let mut bytes = [0; 4];
        bytes[..size].copy_from_slice(image.get(offset..offset + size)?);
        Some(u32::from_le_bytes(bytes))
    };
    let magic = image.get(header::MAGIC..)?.starts_with(b"HdrS");
    if !magic || number(header::VERSION, 2)? < WITH_PAYLOAD {
        return None;
    }
    // An image from before the field existed has 0 there, which stands for 4.
    let setup = match number(header::SETUP_SECTORS, 1)? {
        0 => 4,
        sectors => sectors,
    };
    let start = (setup as usize + 1) * 512 + number(header::PAYLOAD_OFFSET, 4)? as usize;
    image.get(start..)?.get(..number(header::PAYLOAD_LENGTH, 4)? as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bzImage of one setup sector whose payload stands 16 bytes into the protected-mode code.
    fn image(payload: &[u8]) -> Vec<u8> {
        let mut image = vec![0; 1024 + 16];
        image[header::SETUP_SECTORS] = 1;
        image[header::MAGIC..][..4].copy_from_slice(b"HdrS");
        image[header::VERSION..][..2].copy_from_slice(&0x020f_u16.to_le_bytes());
        image[header::PAYLOAD_OFFSET] = 16;
        image[header::PAYLOAD_LENGTH] = u8::try_from(payload.len()).unwrap();
        image.extend(payload);
        image.extend(b"trailing");
        image
    }

    /// What `printf '\177ELF kernel' | xz` makes, with the length that the kernel's build appends.
    const XZ: &[u8] = include_bytes!("testdata/elf.xz");
    /// The same by `zstd`.
    const ZSTD: &[u8] = include_bytes!("testdata/elf.zst");

    #[test]
    fn the_payload_is_unpacked_whatever_its_compression() {
        for payload in [XZ, ZSTD] {
            assert_eq!(unpack(image(payload)).unwrap(), b"\x7fELF kernel");
        }
    }

    #[test]
    fn an_image_of_another_compression_is_left_alone() {
        let gzip = image(b"\x1f\x8b\x08");
        assert_eq!(unpack(gzip.clone()).unwrap(), gzip);
    }

    #[test]
    fn damaged_images_are_errors() {
        assert!(unpack(Vec::new()).is_err());
        assert!(unpack(vec![0; 4096]).is_err());
        assert!(unpack(image(&XZ[..XZ.len() / 2])).is_err());
        let whole = image(XZ);
        assert!(unpack(whole[..1040].to_vec()).is_err());
    }
}
