//! What is kept in memory as long as the database is open: caches of the domains, and how often this process has
//! changed what they are made of.

use parking_lot::Mutex;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Memory {
    kept: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    touched: Mutex<HashMap<(i32, &'static str), u64>>,
}

impl Memory {
    pub fn kept<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let slot = self.kept.lock().entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        // What stands under a type is of that type.
        slot.downcast().unwrap_or_default()
    }

    pub fn touch(&self, tenant: i32, marks: &[&'static str]) {
        let mut touched = self.touched.lock();
        for mark in marks {
            *touched.entry((tenant, *mark)).or_default() += 1;
        }
    }

    pub fn touches(&self, tenant: i32, mark: &'static str) -> u64 {
        self.touched.lock().get(&(tenant, mark)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_kept_once_and_touches_are_counted_by_tenant_and_mark() {
        let memory = Memory::default();
        *memory.kept::<Mutex<u32>>().lock() = 7;
        assert_eq!((*memory.kept::<Mutex<u32>>().lock(), *memory.kept::<Mutex<u8>>().lock()), (7, 0));
        memory.touch(1, &["a", "b"]);
        memory.touch(1, &["a"]);
        assert_eq!((memory.touches(1, "a"), memory.touches(1, "b"), memory.touches(2, "a")), (2, 1, 0));
    }
}
