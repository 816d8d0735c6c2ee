//! The actions and resource types that one environment's runs can use.

use crate::account::Account;
use crate::action::Action;
use crate::resource::Resource;
use crate::shared_lock::SharedLock;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Actions and resource types by kind. Copies share what they hold, since every run and every call
/// has one.
#[derive(Clone, Default)]
pub struct Registry {
    actions: Arc<BTreeMap<String, Arc<dyn Action>>>,
    resources: Arc<BTreeMap<String, Arc<dyn Resource>>>,
    accounts: Vec<Arc<dyn Account>>,
    shared_lock: Option<Arc<dyn SharedLock>>,
}

impl Registry {
    /// Adds an action; a second one of the same kind replaces the first.
    pub fn add_action(&mut self, action: Arc<dyn Action>) {
        Arc::make_mut(&mut self.actions).insert(action.spec().kind.clone(), action);
    }

    /// Adds a resource type.
    pub fn add_resource(&mut self, resource: Arc<dyn Resource>) {
        Arc::make_mut(&mut self.resources).insert(resource.spec().kind.clone(), resource);
    }

    /// Adds an account.
    pub fn add_account(&mut self, account: Arc<dyn Account>) {
        self.accounts.push(account);
    }

    /// Names the lock that the environment's runs take beside the store's.
    pub fn share_lock(&mut self, lock: Arc<dyn SharedLock>) {
        self.shared_lock = Some(lock);
    }

    /// The lock that several machines see, where the environment names one.
    pub fn shared_lock(&self) -> Option<&Arc<dyn SharedLock>> {
        self.shared_lock.as_ref()
    }

    /// The action of a kind.
    pub fn action(&self, kind: &str) -> Option<&Arc<dyn Action>> {
        self.actions.get(kind)
    }

    /// The resource type of a kind.
    pub fn resource(&self, kind: &str) -> Option<&Arc<dyn Resource>> {
        self.resources.get(kind)
    }

    /// All actions, by kind.
    pub fn actions(&self) -> impl Iterator<Item = &Arc<dyn Action>> {
        self.actions.values()
    }

    /// All accounts, in the order in which they were added.
    pub fn accounts(&self) -> impl Iterator<Item = &Arc<dyn Account>> {
        self.accounts.iter()
    }

    /// All resource types, by kind.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<dyn Resource>> {
        self.resources.values()
    }
}
